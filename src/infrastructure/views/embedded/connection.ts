import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { transaction } from '../../sqlite/transaction.js';

const keptStatements = 500;

/** An open database with its prepared statements. */
export class Connection {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(path: string, readOnly: boolean) {
    this.#database = new DatabaseSync(path, { readOnly, timeout: 10_000 });
  }

  exec(text: string): void {
    this.#database.exec(text);
  }

  prepare(text: string): StatementSync {
    const known = this.#statements.get(text);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(text);
    if (this.#statements.size >= keptStatements) this.#statements.clear();
    this.#statements.set(text, statement);
    return statement;
  }

  /** Nothing of it stays if the work throws. */
  transaction<T>(begin: 'BEGIN' | 'BEGIN IMMEDIATE', work: () => T): T {
    return transaction(this.#database, begin, work);
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }
}
