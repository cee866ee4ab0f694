import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { LRUCache } from 'lru-cache';
import type { AppendAnswer, AppendRequest } from './messages.js';

const cachedStreams = 50_000;
const none = -1;

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

const isTakenId = (cause: unknown): boolean => reasonOf(cause).includes('event.id');

/** Writes groups of appends, each group in one transaction. */
export class GroupCommit {
  readonly #db: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #lastOf: StatementSync;
  readonly #idAt: StatementSync;
  readonly #headOf: StatementSync;
  readonly #dropBehind: StatementSync;
  readonly #revisions = new LRUCache<string, number>({ max: cachedStreams });
  #head: number;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#insert = db.prepare(
      'INSERT INTO event (position, stream, revision, type, version, recorded_at, id, data, metadata) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    );
    this.#lastOf = db.prepare('SELECT max(revision) AS revision FROM event WHERE stream = ?');
    this.#idAt = db.prepare('SELECT id, position FROM event WHERE stream = ? AND revision = ?');
    this.#headOf = db.prepare('SELECT max(position) AS position FROM event');
    this.#dropBehind = db.prepare('DELETE FROM event WHERE position > ?');
    this.#head = this.#readHead();
  }

  get head(): number {
    return this.#head;
  }

  /** One answer for each request, in order; what was kept is durable on return. */
  commit(requests: readonly AppendRequest[]): AppendAnswer[] {
    const headBefore = this.#head;
    let answers: AppendAnswer[];
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      answers = requests.map((request) => this.#append(request));
    } catch (cause) {
      this.#undo();
      return requests.map(() => ({ kind: 'unavailable', reason: reasonOf(cause) }));
    }
    try {
      this.#db.exec('COMMIT');
      return answers;
    } catch (cause) {
      this.#undo();
      return answers.map((answer) =>
        answer.kind === 'kept' && answer.position > headBefore ? { kind: 'unknown', reason: reasonOf(cause) } : answer,
      );
    }
  }

  #append({ stream, expected, recordedAt, events }: AppendRequest): AppendAnswer {
    const current = this.#revisionOf(stream);
    const known = expected === 'no-stream' ? none : Number(expected);
    if (current !== known) return this.#answerOfBefore(stream, known, events) ?? { kind: 'conflict', actual: current };
    const headBefore = this.#head;
    let revision = current;
    try {
      for (const { id, type, version, data, metadata } of events) {
        revision += 1;
        this.#insert.run(this.#head + 1, stream, revision, type, version, recordedAt, id, data, metadata);
        this.#head += 1;
      }
    } catch (cause) {
      if (!isTakenId(cause)) throw cause;
      this.#dropBehind.run(headBefore);
      this.#head = headBefore;
      return { kind: 'id-taken', reason: `an event of the append to ${stream} is stored already` };
    }
    this.#revisions.set(stream, revision);
    return { kind: 'kept', revision, position: this.#head };
  }

  /** The first answer, when these very events stand right behind the expected revision. */
  #answerOfBefore(stream: string, known: number, events: AppendRequest['events']): AppendAnswer | undefined {
    let position = 0;
    for (const [index, event] of events.entries()) {
      const row = this.#idAt.get(stream, known + 1 + index);
      if (row?.id !== event.id) return undefined;
      position = Number(row.position);
    }
    return { kind: 'kept', revision: known + events.length, position };
  }

  #revisionOf(stream: string): number {
    const cached = this.#revisions.get(stream);
    if (cached !== undefined) return cached;
    const revision = Number(this.#lastOf.get(stream)?.revision ?? none);
    this.#revisions.set(stream, revision);
    return revision;
  }

  #readHead(): number {
    return Number(this.#headOf.get()?.position ?? 0);
  }

  #undo(): void {
    if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    this.#revisions.clear();
    this.#head = this.#readHead();
  }
}
