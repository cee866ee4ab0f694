import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type {
  AllPage,
  EventFilter,
  Position,
  ReadOptions,
  RecordedEvent,
} from '../../../application/ports/event-store.js';
import { columns, eventsOf, type Row } from './event-row.js';
import { positionOf, rowOf } from './position.js';
import { EventStoreOfOtherBuild } from './refusals.js';
import { schemaVersion } from './tables.js';

const pageEvents = 1_000;
/** Rows that a filtered page looks at, so that it doesn't hold the thread for long when little fits. */
const windowRows = 10_000;
const largestRevision = 2n ** 63n - 1n;

const conditionOf = ({ types }: EventFilter): string =>
  types === undefined ? '' : ` AND type IN (${types.map(() => '?').join(', ')})`;

/** How much of the store matches a filter behind a position. */
export interface Backlog {
  readonly events: number;
  /** Time of the first of them in milliseconds since the epoch. */
  readonly oldestAt?: number;
}

/** Reads the file on a connection of its own, beside the writer. */
export class EventReader {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #eventOf: ReturnType<typeof eventsOf>;

  /** @throws EventStoreOfOtherBuild */
  constructor(file: string) {
    this.#db = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
    this.#eventOf = eventsOf(file);
    const version = Number(this.#prepare('PRAGMA user_version').get()?.user_version);
    if (version === schemaVersion) return;
    this.close();
    throw new EventStoreOfOtherBuild(file, version, schemaVersion);
  }

  read(stream: string, { from, direction = 'forwards', limit = pageEvents }: ReadOptions = {}): RecordedEvent[] {
    const isForwards = direction === 'forwards';
    const start = from ?? (isForwards ? 0n : largestRevision);
    if (start < 0n || start > largestRevision) throw new RangeError(`${start} is no revision`);
    const order = isForwards ? 'revision >= ? ORDER BY revision' : 'revision <= ? ORDER BY revision DESC';
    const inStream = 'stream_number = (SELECT number FROM stream WHERE name = ?)';
    return this.#events(`WHERE ${inStream} AND ${order} LIMIT ?`, stream, start, limit);
  }

  readAll(after: Position, filter: EventFilter = {}, limit = pageEvents): AllPage {
    const from = rowOf(after);
    const head = this.head();
    const condition = conditionOf(filter);
    const until = Math.min(head, from + (condition === '' ? limit : windowRows));
    const events = this.#events(
      `WHERE position > ? AND position <= ?${condition} ORDER BY position LIMIT ?`,
      from,
      until,
      ...(filter.types ?? []),
      limit,
    );
    const last = events.at(-1);
    const end = last !== undefined && events.length === limit ? rowOf(last.position) : Math.max(from, until);
    return { events, next: positionOf(end), isHead: end >= head };
  }

  backlog(after: Position, filter: EventFilter = {}): Backlog {
    const row = this.#prepare(
      `SELECT count(*) AS events, min(position) AS first FROM event WHERE position > ?${conditionOf(filter)}`,
    ).get(rowOf(after), ...(filter.types ?? []));
    const events = Number(row?.events ?? 0);
    if (events === 0) return { events };
    const oldest = this.#prepare('SELECT recorded_at FROM event WHERE position = ?').get(Number(row?.first));
    return { events, oldestAt: Number(oldest?.recorded_at) };
  }

  head(): number {
    return Number(this.#prepare('SELECT max(position) AS position FROM event').get()?.position ?? 0);
  }

  close(): void {
    this.#db.close();
  }

  #events(where: string, ...values: readonly SQLInputValue[]): RecordedEvent[] {
    const statement = this.#prepare(`SELECT ${columns} FROM event ${where}`);
    statement.setReturnArrays(true);
    // The types of Node know rows as objects only.
    const rows = statement.all(...values) as unknown as readonly Row[];
    return rows.map(this.#eventOf);
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}
