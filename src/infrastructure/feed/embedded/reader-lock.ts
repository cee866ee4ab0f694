import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Makes this the one reader of a group in a folder. The lock is the kernel's, on an open file: a process that is killed
 * lets go of it.
 * @returns the way to let go; undefined while another holds it
 */
export const lockGroup = (folder: string, group: string): (() => void) | undefined => {
  const lock = new DatabaseSync(join(folder, `feed-${encodeURIComponent(group)}.lock`), { timeout: 0 });
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return () => lock.close();
  } catch (cause) {
    lock.close();
    if (!/locked|busy/i.test(String(cause))) throw cause;
    return undefined;
  }
};
