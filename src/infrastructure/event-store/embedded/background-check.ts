import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { EventStoreDamaged } from './refusals.js';

/**
 * Checks the whole of a file in a process of its own, which can be ended at any time: in a thread SQLite could not be.
 * @param onDamage hears of what is wrong, once
 * @returns the way to give it up
 */
export const checkInBackground = (file: string, onDamage: (damage: EventStoreDamaged) => void): (() => void) => {
  const script = fileURLToPath(new URL('./whole-check-process.js', import.meta.url));
  const child = fork(script, [file], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] });
  child.once('message', (message: { readonly found: string | null }) => {
    if (message.found !== null) onDamage(new EventStoreDamaged(file, message.found));
  });
  child.once('error', () => undefined);
  child.unref();
  child.channel?.unref();
  return () => child.kill('SIGKILL');
};
