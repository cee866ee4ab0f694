import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../harness/checkout.js';
import { NodeProcess, type NodeProcessOptions } from '../harness/node-process.js';

/** Sources of the peers, with packages of their own. */
const folder = join(root, 'bench', 'peers');

interface Lockfile {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly optional?: boolean }>>;
}

const lockfile = (file: string): Lockfile => JSON.parse(readFileSync(file, 'utf8'));

const isInstalled = (): boolean => {
  const installed = join(folder, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  const present = lockfile(installed).packages;
  return Object.entries(lockfile(join(folder, 'package-lock.json')).packages).every(
    ([path, { version, optional }]) => path === '' || present[path]?.version === version || optional === true,
  );
};

/** Makes `bench/peers/node_modules` what its lockfile says. @throws Error when npm can't */
const install = (): void => {
  if (isInstalled()) return;
  process.stdout.write('Installing the peers of the benchmarks.\n');
  const args = ['ci', '--no-audit', '--no-fund'];
  const npm = process.env.npm_execpath;
  const [program, first] = npm === undefined ? ['npm', []] : [process.execPath, [npm]];
  const { status } = spawnSync(program, [...first, ...args], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`npm ci in bench/peers ended with ${status}`);
};

/**
 * Starts one of `bench/peers/*.mjs`, and installs what it needs first. It prints a line of JSON when it is ready.
 * @param script path below `bench/peers`
 */
export const startPeer = (script: string, options: NodeProcessOptions = {}): Promise<NodeProcess> => {
  install();
  return NodeProcess.start(join(folder, script), options);
};

/** A module of the peers that is used as a `Task`, with what it needs installed. */
export const peerModule = (script: string): URL => {
  install();
  return pathToFileURL(join(folder, script));
};

/** A file of a package of the peers, which are installed first. @throws Error when npm can't */
export const packageFile = (name: string, path: string): string => {
  install();
  return join(folder, 'node_modules', name, path);
};
