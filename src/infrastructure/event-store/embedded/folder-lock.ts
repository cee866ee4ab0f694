import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { EventStoreLocked } from './refusals.js';

const holderOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').trim() || 'unknown';
  } catch {
    return 'unknown';
  }
};

/**
 * Holds a folder for this process. The lock is the kernel's, on an open file: a process that is killed lets go of it.
 * The file with the process id only names the holder.
 * @returns the way to let go
 * @throws EventStoreLocked
 */
export const lockFolder = (folder: string): (() => void) => {
  const holderFile = join(folder, 'events.pid');
  const lock = new DatabaseSync(join(folder, 'events.lock'), { timeout: 0 });
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    if (!/locked|busy/i.test(String(cause))) throw cause;
    throw new EventStoreLocked(folder, holderOf(holderFile));
  }
  writeFileSync(holderFile, `${process.pid}\n`);
  return () => lock.close();
};
