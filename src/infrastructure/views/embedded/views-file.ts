import { existsSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { ViewsUnavailable } from '../../../application/ports/views.js';
import { makeFolder } from '../../runtime/make-folder.js';
import { Connection } from './connection.js';

const schemaVersion = 2;

const schema = `
  CREATE TABLE IF NOT EXISTS generations (
    id INTEGER PRIMARY KEY AUTOINCREMENT, projection TEXT NOT NULL, version INTEGER NOT NULL, live INTEGER NOT NULL,
    token INTEGER NOT NULL DEFAULT 0, retired_at INTEGER);
  CREATE UNIQUE INDEX IF NOT EXISTS one_live ON generations (projection) WHERE live = 1;
  CREATE TABLE IF NOT EXISTS checkpoints (
    generation INTEGER NOT NULL, partition INTEGER NOT NULL, position TEXT NOT NULL,
    PRIMARY KEY (generation, partition)) WITHOUT ROWID;
  PRAGMA user_version = ${schemaVersion};`;

/** Brings a file of the schema before on; what that one had in the making is dropped with the first rebuild. */
const fromSchema1 = `
  ALTER TABLE generations ADD COLUMN token INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE generations ADD COLUMN retired_at INTEGER;`;

/** SQLITE_CORRUPT and SQLITE_NOTADB; extended codes carry the first in their low byte. */
const damageCodes: readonly unknown[] = [11, 26];

class OtherSchema extends Error {
  override readonly name = 'OtherSchema';
}

/** SQLITE_BUSY, LOCKED, NOMEM, READONLY, IOERR, FULL, CANTOPEN: nothing is wrong with what was asked. */
const awayCodes: readonly unknown[] = [5, 6, 7, 8, 10, 13, 14];

const codeOf = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined;

const versionOf = (connection: Connection): number =>
  Number(connection.prepare('PRAGMA user_version').get()?.user_version);

const isDamage = (error: unknown): boolean => error instanceof OtherSchema || damageCodes.includes(codeOf(error));

/**
 * The file that the views are kept in. Views can be made again from the events, so a damaged file, or one of another
 * schema, is thrown away and begun anew.
 */
export class ViewsFile {
  #connection: Connection | undefined;
  #inode = 0;
  #isClosed = false;

  constructor(
    private readonly path: string,
    private readonly readOnly: boolean,
    private readonly onDamage: (reason: string) => void,
  ) {}

  /**
   * One write transaction; nothing of it stays if it throws.
   * @throws ViewsUnavailable when it can't be written, or was damaged (it is empty now)
   */
  write<T>(work: (connection: Connection) => T): T {
    return this.#use((connection) => connection.transaction('BEGIN IMMEDIATE', () => work(connection)));
  }

  /**
   * Reads that belong together see one state, also while another process promotes a generation.
   * @throws ViewsUnavailable when the file is damaged, or isn't there yet
   */
  read<T>(work: (connection: Connection) => T): T {
    return this.#use((connection) => connection.transaction('BEGIN', () => work(connection)));
  }

  /**
   * Writes everything, as it is at one moment, into a new file; writers are not held up.
   * @throws ViewsUnavailable when the file is damaged, or isn't there yet
   */
  copyTo(path: string): void {
    this.#use((connection) => connection.prepare('VACUUM INTO ?').run(path));
  }

  close(): void {
    this.#isClosed = true;
    this.#disconnect();
  }

  #use<T>(work: (connection: Connection) => T): T {
    try {
      return work(this.#open());
    } catch (error) {
      if (!isDamage(error)) {
        if (!awayCodes.includes(codeOf(error))) throw error;
        throw new ViewsUnavailable("the views' file can't be used now", { cause: error });
      }
      const reason = error instanceof Error ? error.message : String(error);
      this.#disconnect();
      if (!this.readOnly) this.#throwAway(reason);
      throw new ViewsUnavailable(`the views' file is damaged: ${reason}`, { cause: error });
    }
  }

  #open(): Connection {
    if (this.#isClosed) throw new ViewsUnavailable('the views are closed');
    if (this.#connection !== undefined && !this.#wasReplaced()) return this.#connection;
    this.#disconnect();
    if (this.readOnly && !existsSync(this.path)) throw new ViewsUnavailable('there are no views yet');
    makeFolder(dirname(this.path));
    try {
      this.#connection = this.#connect();
    } catch (error) {
      if (this.readOnly || !isDamage(error)) throw error;
      this.#throwAway(error instanceof Error ? error.message : String(error));
      this.#connection = this.#connect();
    }
    if (this.readOnly) this.#inode = statSync(this.path).ino;
    return this.#connection;
  }

  #connect(): Connection {
    const connection = new Connection(this.path, this.readOnly);
    try {
      const version = versionOf(connection);
      if (this.readOnly) {
        if (version !== schemaVersion) throw new ViewsUnavailable(`the views' file has schema ${version}`);
        return connection;
      }
      if (version > schemaVersion) throw new OtherSchema(`its schema is ${version}, not ${schemaVersion}`);
      connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384;');
      // Views write the same pages again and again: most of them need not be moved into the file.
      connection.exec('PRAGMA wal_autocheckpoint = 4000;');
      connection.transaction('BEGIN IMMEDIATE', () => {
        // Another thread or process may have brought it on meanwhile.
        if (versionOf(connection) === 1) connection.exec(fromSchema1);
        connection.exec(schema);
      });
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  #throwAway(reason: string): void {
    this.onDamage(reason);
    for (const suffix of ['', '-wal', '-shm']) rmSync(this.path + suffix, { force: true });
  }

  #disconnect(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.close();
  }

  #wasReplaced(): boolean {
    return this.readOnly && statSync(this.path, { throwIfNoEntry: false })?.ino !== this.#inode;
  }
}
