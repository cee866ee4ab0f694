import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the project. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The Node that the package `node` brings: what runs the platform, whatever the machine's own is. */
export const node = join(root, 'node_modules', '.bin', 'node');

/**
 * Runs a program in the project's folder and waits for its end; a signal to stop goes on to it.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string>} [environment] added to our own
 * @returns {Promise<number>} exit code; 128 if a signal ended it, 127 if it couldn't be started
 */
export function run(command, args, environment = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...environment } });
    const signals = ['SIGINT', 'SIGTERM'];
    const pass = (signal) => child.kill(signal);
    for (const signal of signals) process.on(signal, pass);
    const end = (code) => {
      for (const signal of signals) process.off(signal, pass);
      resolve(code);
    };
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`);
      end(127);
    });
    child.on('exit', (code) => end(code ?? 128));
  });
}
