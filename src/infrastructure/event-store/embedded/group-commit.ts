import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { LRUCache } from 'lru-cache';
import { checksumOf } from './event-row.js';
import { type AppendAnswer, type AppendRequest, type EventFields, fieldsPerEvent } from './messages.js';

const cachedStreams = 50_000;
const none = -1;
/** Rows that one INSERT takes where an append has as many events. */
const rowsAtOnce = 10;

const insertOf = (rows: number): string => `
  INSERT INTO event (position, stream_number, revision, recorded_at, id, type, data, metadata, checksum)
  VALUES ${Array<string>(rows).fill('(?, ?, ?, ?, ?, ?, ?, ?, ?)').join(', ')}`;

interface Stream {
  /** Missing before its first event. */
  readonly number?: number;
  readonly revision: number;
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/** Writes groups of appends, each group in one transaction. */
export class GroupCommit {
  readonly #db: DatabaseSync;
  readonly #insertOne: StatementSync;
  readonly #insertMany: StatementSync;
  readonly #insertStream: StatementSync;
  readonly #streamNamed: StatementSync;
  readonly #idAt: StatementSync;
  readonly #headOf: StatementSync;
  readonly #streams = new LRUCache<string, Stream>({ max: cachedStreams });
  #head: number;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#insertOne = db.prepare(insertOf(1));
    this.#insertMany = db.prepare(insertOf(rowsAtOnce));
    this.#insertStream = db.prepare('INSERT INTO stream (name) VALUES (?)');
    this.#streamNamed = db.prepare(
      'SELECT number, (SELECT max(revision) FROM event WHERE stream_number = number) AS revision FROM stream WHERE name = ?',
    );
    this.#idAt = db.prepare('SELECT id, position FROM event WHERE stream_number = ? AND revision = ?');
    this.#headOf = db.prepare('SELECT max(position) AS position FROM event');
    this.#head = this.#readHead();
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

  #append({ stream: name, expected, recordedAt, fields }: AppendRequest): AppendAnswer {
    const stream = this.#streamNow(name);
    const known = expected === 'no-stream' ? none : Number(expected);
    if (stream.revision !== known) {
      return this.#answerOfBefore(stream, known, fields) ?? { kind: 'conflict', actual: stream.revision };
    }
    const number = stream.number ?? Number(this.#insertStream.run(name).lastInsertRowid);
    let revision = stream.revision;
    for (let from = 0; from < fields.length; ) {
      const hasMany = fields.length - from >= rowsAtOnce * fieldsPerEvent;
      const until = from + (hasMany ? rowsAtOnce : 1) * fieldsPerEvent;
      const rows: (string | number)[] = [];
      for (; from < until; from += fieldsPerEvent) {
        revision += 1;
        this.#head += 1;
        const [id = '', type = '', data = '', metadata = ''] = fields.slice(from, from + fieldsPerEvent);
        const checksum = checksumOf(this.#head, name, revision, recordedAt, id, type, data, metadata);
        rows.push(this.#head, number, revision, recordedAt, id, type, data, metadata, checksum);
      }
      (hasMany ? this.#insertMany : this.#insertOne).run(...rows);
    }
    this.#streams.set(name, { number, revision });
    return { kind: 'kept', revision, position: this.#head };
  }

  /** The first answer, when these very events stand right behind the expected revision. */
  #answerOfBefore({ number }: Stream, known: number, fields: EventFields): AppendAnswer | undefined {
    if (number === undefined) return undefined;
    let position = 0;
    let revision = known;
    for (let from = 0; from < fields.length; from += fieldsPerEvent) {
      revision += 1;
      const row = this.#idAt.get(number, revision);
      if (row?.id !== fields[from]) return undefined;
      position = Number(row?.position);
    }
    return { kind: 'kept', revision, position };
  }

  #streamNow(name: string): Stream {
    const cached = this.#streams.get(name);
    if (cached !== undefined) return cached;
    const row = this.#streamNamed.get(name);
    const stream =
      row === undefined ? { revision: none } : { number: Number(row.number), revision: Number(row.revision ?? none) };
    this.#streams.set(name, stream);
    return stream;
  }

  #readHead(): number {
    return Number(this.#headOf.get()?.position ?? 0);
  }

  #undo(): void {
    if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    this.#streams.clear();
    this.#head = this.#readHead();
  }
}
