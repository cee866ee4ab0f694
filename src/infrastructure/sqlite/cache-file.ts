import { existsSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

export interface CacheFileOptions {
  readonly file: string;
  /** Sets the database up; throws when it finds damage. */
  readonly prepare: (database: DatabaseSync) => void;
  /** Is told why a damaged file was thrown away. */
  readonly onDamage: (error: unknown) => void;
}

/** SQLITE_CORRUPT and SQLITE_NOTADB; extended codes carry the first in their low byte. */
const damageCodes: readonly number[] = [11, 26];

/** Whether the fault is in the file, not in the moment. */
export const isDamage = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && damageCodes.includes(Number(error.errcode) & 0xff);

/** SQLITE_BUSY, LOCKED, READONLY, IOERR, FULL and CANTOPEN: the file may be as good as ever. */
const faultsOfTheMoment: readonly number[] = [5, 6, 8, 10, 13, 14];

const isOfTheMoment = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && faultsOfTheMoment.includes(Number(error.errcode) & 0xff);

const opened = ({ file, prepare }: CacheFileOptions): DatabaseSync => {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  try {
    prepare(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
};

/** Deletes a file whose content can be made again, and begins it anew. */
export const beginAnew = (options: CacheFileOptions): DatabaseSync => {
  for (const suffix of ['', '-wal', '-shm']) rmSync(options.file + suffix, { force: true });
  return opened(options);
};

/**
 * Opens a file whose content can be made again: one that is damaged, or of another build, is thrown away and begun anew.
 * @throws what SQLite says of a file that is busy, or of a disk that is full or read-only
 */
export const openCacheFile = (options: CacheFileOptions): DatabaseSync => {
  try {
    return opened(options);
  } catch (error) {
    if (isOfTheMoment(error) || !existsSync(options.file)) throw error;
    options.onDamage(error);
    return beginAnew(options);
  }
};
