import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { AnswerStore, Begun, KeptAnswer } from '../../../application/ports/answers.js';
import type { Clock } from '../../../application/ports/clock.js';
import { openCacheFile } from '../../sqlite/cache-file.js';

export interface EmbeddedAnswersOptions {
  /** How long an answer is kept at least. */
  readonly keptMs?: number;
  /** Answers deleted in one step. */
  readonly sweepBatch?: number;
  readonly sweepEveryMs?: number;
  /** Is told when a damaged file was thrown away, or old answers could not be deleted. */
  readonly onTrouble?: (what: string, error: unknown) => void;
}

const schema = `
  CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY,
    request TEXT NOT NULL,
    status INTEGER NOT NULL,
    headers TEXT NOT NULL,
    body TEXT NOT NULL,
    kept_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS answers_by_age ON answers (kept_at);
`;

const hoursMs = 3_600_000;

const prepare = (database: DatabaseSync): void => {
  // A cache: a power cut may take the last answers with it, and the streams make them again.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON');
  const [check] = database.prepare('PRAGMA quick_check(1)').all();
  if (check?.quick_check !== 'ok') throw new Error('answers.db is damaged');
  database.exec(schema);
  database.prepare('SELECT key, request, status, headers, body, kept_at FROM answers LIMIT 1').get();
};

interface Waiting {
  readonly key: string;
  readonly request: string;
  readonly answer: KeptAnswer;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Answers in one SQLite file. Reads are look-ups of one row; the writes of a tick go into one transaction. Which keys
 * are running is known to this process only.
 */
export class EmbeddedAnswerStore implements AnswerStore {
  readonly #database: DatabaseSync;
  readonly #find: StatementSync;
  readonly #keep: StatementSync;
  readonly #sweep: StatementSync;
  /** Request by key. */
  readonly #running = new Map<string, string>();
  readonly #timer: NodeJS.Timeout;
  readonly #keptMs: number;
  readonly #sweepBatch: number;
  readonly #onTrouble: (what: string, error: unknown) => void;
  #waiting: Waiting[] = [];

  constructor(
    folder: string,
    private readonly clock: Clock,
    {
      keptMs = 48 * hoursMs,
      sweepBatch = 500,
      sweepEveryMs = 60_000,
      onTrouble = () => {},
    }: EmbeddedAnswersOptions = {},
  ) {
    this.#keptMs = keptMs;
    this.#sweepBatch = sweepBatch;
    this.#onTrouble = onTrouble;
    const onDamage = (error: unknown): void => onTrouble('answers.db was damaged and begins anew', error);
    this.#database = openCacheFile({ file: join(folder, 'answers.db'), prepare, onDamage });
    this.#find = this.#database.prepare('SELECT request, status, headers, body FROM answers WHERE key = ?');
    this.#keep = this.#database.prepare('INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?)');
    this.#sweep = this.#database.prepare(
      `DELETE FROM answers WHERE key IN (SELECT key FROM answers WHERE kept_at < ? ORDER BY kept_at LIMIT ${sweepBatch})`,
    );
    this.#timer = setInterval(() => this.sweep(), sweepEveryMs).unref();
  }

  async begin(key: string, request: string): Promise<Begun> {
    const running = this.#running.get(key);
    if (running !== undefined) return { kind: running === request ? 'running' : 'other-request' };
    const row = this.#find.get(key);
    if (row === undefined) {
      this.#running.set(key, request);
      return { kind: 'new' };
    }
    if (row.request !== request) return { kind: 'other-request' };
    const headers: Record<string, string> = JSON.parse(String(row.headers));
    return { kind: 'done', answer: { status: Number(row.status), headers, body: String(row.body) } };
  }

  finish(key: string, request: string, answer: KeptAnswer): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (this.#waiting.length === 0) setImmediate(() => this.#flush());
    this.#waiting.push({ key, request, answer, resolve, reject });
    return promise;
  }

  async abandon(key: string): Promise<void> {
    this.#running.delete(key);
  }

  /** Deletes answers that are older than they need to be kept, in steps that let others work in between. */
  sweep(): void {
    if (!this.#database.isOpen) return;
    try {
      const { changes } = this.#sweep.run(this.clock.now() - this.#keptMs);
      if (Number(changes) === this.#sweepBatch) setImmediate(() => this.sweep());
    } catch (error) {
      this.#onTrouble('old answers could not be deleted', error);
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#flush();
    this.#database.close();
  }

  #flush(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    if (batch.length === 0) return;
    try {
      const now = this.clock.now();
      this.#database.exec('BEGIN IMMEDIATE');
      for (const { key, request, answer } of batch) {
        this.#keep.run(key, request, answer.status, JSON.stringify(answer.headers), answer.body, now);
      }
      this.#database.exec('COMMIT');
      for (const { key, resolve } of batch) {
        this.#running.delete(key);
        resolve();
      }
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      for (const { key, reject } of batch) {
        this.#running.delete(key);
        reject(error);
      }
    }
  }
}
