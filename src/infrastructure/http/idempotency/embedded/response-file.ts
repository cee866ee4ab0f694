import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { openCacheFile } from '../../../sqlite/cache-file.js';
import { transaction } from '../../../sqlite/transaction.js';
import type { Operation, OperationResult } from './messages.js';

// Rows lie in the order in which they came: a key is as good as random, and a table in its order would touch a page of
// its own for each response.
const schema = `
  CREATE TABLE IF NOT EXISTS response (
    sequence INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    fingerprint TEXT NOT NULL,
    response TEXT NOT NULL,
    stored_at INTEGER NOT NULL
  );
`;

const prepare = (database: DatabaseSync): void => {
  // A cache: a power cut may take the last responses with it, and the streams make them again.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON');
  const [check] = database.prepare('PRAGMA quick_check(1)').all();
  if (check?.quick_check !== 'ok') throw new Error('the file is damaged');
  database.exec(schema);
  database.prepare('SELECT sequence, key, fingerprint, response, stored_at FROM response LIMIT 1').get();
};

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/** Responses in one SQLite file. */
export class ResponseFile {
  readonly #database: DatabaseSync;
  readonly #find: StatementSync;
  readonly #store: StatementSync;
  readonly #sweep: StatementSync;

  private constructor(
    database: DatabaseSync,
    /** Why the file that was there was thrown away, if it was. */
    readonly damage: string | undefined,
  ) {
    this.#database = database;
    this.#find = database.prepare('SELECT fingerprint, response FROM response WHERE key = ?');
    this.#store = database.prepare(
      'INSERT OR REPLACE INTO response (key, fingerprint, response, stored_at) VALUES (?, ?, ?, ?)',
    );
    this.#sweep = database.prepare(
      'DELETE FROM response WHERE sequence IN (SELECT sequence FROM response ORDER BY sequence LIMIT ?) AND stored_at < ?',
    );
  }

  /** Opens the file, or begins anew where it is damaged. */
  static open(file: string): ResponseFile {
    let damage: string | undefined;
    const onDamage = (cause: unknown): void => {
      damage = reasonOf(cause);
    };
    return new ResponseFile(openCacheFile({ file, prepare, onDamage }), damage);
  }

  /** All in one transaction. */
  perform(operations: readonly Operation[]): readonly OperationResult[] {
    const isReading = operations.every(({ kind }) => kind === 'find');
    return transaction(this.#database, isReading ? 'BEGIN' : 'BEGIN IMMEDIATE', () =>
      operations.map((operation) => this.#do(operation)),
    );
  }

  close(): void {
    this.#database.close();
  }

  #do(operation: Operation): OperationResult {
    switch (operation.kind) {
      case 'find': {
        const row = this.#find.get(operation.key);
        return row && { fingerprint: String(row.fingerprint), response: String(row.response) };
      }
      case 'store':
        this.#store.run(operation.key, operation.fingerprint, operation.response, operation.storedAt);
        return undefined;
      case 'sweep':
        return Number(this.#sweep.run(operation.limit, operation.before).changes);
      default:
        return operation satisfies never;
    }
  }
}
