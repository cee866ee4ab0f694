import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const codeOf = (cause: unknown): unknown => (cause instanceof Error && 'code' in cause ? cause.code : undefined);

/**
 * Makes a folder and those above it, for its owner only. Node's own way never ends where a file system refuses with "there
 * is no such folder", as Linux' `/proc` does.
 * @throws Error naming the folder that can't be made
 */
export const makeFolder = (folder: string): void => {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return;
  if (found !== undefined) throw new Error(`ENOTDIR: not a directory, '${folder}'`);
  const above = dirname(folder);
  if (above !== folder) makeFolder(above);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (cause) {
    // Another process may have made it in the meantime.
    if (codeOf(cause) !== 'EEXIST') throw cause;
  }
};
