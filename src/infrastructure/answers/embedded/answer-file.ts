import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { openCacheFile } from '../../sqlite/cache-file.js';
import { transaction } from '../../sqlite/transaction.js';
import type { Operation, OperationResult } from './messages.js';

// Rows lie in the order in which they came: a key is as good as random, and a table in its order would touch a page of
// its own for each answer. What an earlier build kept is dropped: a cache.
const schema = `
  DROP TABLE IF EXISTS answers;
  CREATE TABLE IF NOT EXISTS answer (
    sequence INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    request TEXT NOT NULL,
    answer TEXT NOT NULL,
    kept_at INTEGER NOT NULL
  );
`;

const prepare = (database: DatabaseSync): void => {
  // A cache: a power cut may take the last answers with it, and the streams make them again.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON');
  const [check] = database.prepare('PRAGMA quick_check(1)').all();
  if (check?.quick_check !== 'ok') throw new Error('answers.db is damaged');
  database.exec(schema);
  database.prepare('SELECT sequence, key, request, answer, kept_at FROM answer LIMIT 1').get();
};

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/** Answers in one SQLite file. */
export class AnswerFile {
  readonly #database: DatabaseSync;
  readonly #find: StatementSync;
  readonly #keep: StatementSync;
  readonly #sweep: StatementSync;

  private constructor(
    database: DatabaseSync,
    /** Why the file that was there was thrown away, if it was. */
    readonly damage: string | undefined,
  ) {
    this.#database = database;
    this.#find = database.prepare('SELECT request, answer FROM answer WHERE key = ?');
    this.#keep = database.prepare('INSERT OR REPLACE INTO answer (key, request, answer, kept_at) VALUES (?, ?, ?, ?)');
    this.#sweep = database.prepare(
      'DELETE FROM answer WHERE sequence IN (SELECT sequence FROM answer ORDER BY sequence LIMIT ?) AND kept_at < ?',
    );
  }

  /** Opens the file, or begins anew where it is damaged. */
  static open(file: string): AnswerFile {
    let damage: string | undefined;
    const onDamage = (cause: unknown): void => {
      damage = reasonOf(cause);
    };
    return new AnswerFile(openCacheFile({ file, prepare, onDamage }), damage);
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
        return row && { request: String(row.request), answer: String(row.answer) };
      }
      case 'keep':
        this.#keep.run(operation.key, operation.request, operation.answer, operation.keptAt);
        return undefined;
      case 'sweep':
        return Number(this.#sweep.run(operation.limit, operation.before).changes);
      default:
        return operation satisfies never;
    }
  }
}
