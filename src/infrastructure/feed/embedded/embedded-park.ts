import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Position } from '../../../application/ports/event-store.js';
import type { Park, ParkedEvent, ParkedKey, SkippedEvent } from '../../../application/ports/park.js';
import { transaction } from '../../sqlite/transaction.js';
import { openFeedFile } from './feed-file.js';

type Row = Record<string, unknown>;

const columns = 'reader, stream, revision, position, partition, reason, since';
const ofKey = 'WHERE reader = ? AND stream = ? AND revision = ?';

const parkedOf = (row: Row): ParkedEvent => ({
  group: String(row.reader),
  stream: String(row.stream),
  revision: BigInt(Number(row.revision)),
  position: String(row.position) as Position,
  partition: Number(row.partition),
  reason: String(row.reason),
  since: Number(row.since),
});

const skippedOf = (row: Row): SkippedEvent => ({
  ...parkedOf(row),
  skippedBecause: String(row.skipped_because),
  skippedAt: Number(row.skipped_at),
});

const valuesOf = ({ group, stream, revision, position, partition, reason, since }: ParkedEvent) =>
  [group, stream, revision, position, partition, reason, since] as const;

const keyOf = ({ group, stream, revision }: ParkedKey) => [group, stream, revision] as const;

/** The park in `<folder>/feed.db`; each operation is one statement or transaction, so several processes may share it. */
export class EmbeddedPark implements Park {
  readonly #db: DatabaseSync;
  /** Asked before each batch. */
  readonly #streams: StatementSync;

  constructor(folder: string) {
    this.#db = openFeedFile(folder);
    this.#streams = this.#db.prepare('SELECT DISTINCT stream FROM parked WHERE reader = ?');
  }

  async streams(group: string): Promise<ReadonlySet<string>> {
    return new Set(this.#streams.all(group).map(({ stream }) => String(stream)));
  }

  async park(event: ParkedEvent): Promise<void> {
    this.#db
      .prepare(`INSERT INTO parked (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`)
      .run(...valuesOf(event));
  }

  async follow(event: ParkedEvent): Promise<boolean> {
    this.#db
      .prepare(
        `INSERT INTO parked (${columns}) SELECT ?, ?, ?, ?, ?, ?, ?
         WHERE EXISTS (SELECT 1 FROM parked WHERE reader = ? AND stream = ?) ON CONFLICT DO NOTHING`,
      )
      .run(...valuesOf(event), event.group, event.stream);
    const kept = this.#db.prepare(`SELECT 1 FROM parked ${ofKey}`).get(...keyOf(event));
    return kept !== undefined;
  }

  async first(group: string, stream: string): Promise<ParkedEvent | undefined> {
    const row = this.#db
      .prepare(`SELECT ${columns} FROM parked WHERE reader = ? AND stream = ? ORDER BY revision LIMIT 1`)
      .get(group, stream);
    return row === undefined ? undefined : parkedOf(row);
  }

  async list(group?: string): Promise<readonly ParkedEvent[]> {
    return this.#rows(columns, 'parked', group).map(parkedOf);
  }

  async release(key: ParkedKey): Promise<void> {
    this.#db.prepare(`DELETE FROM parked ${ofKey}`).run(...keyOf(key));
  }

  async failedAgain(key: ParkedKey, reason: string): Promise<void> {
    this.#db.prepare(`UPDATE parked SET reason = ? ${ofKey}`).run(reason, ...keyOf(key));
  }

  async skip(key: ParkedKey, because: string, at: number): Promise<void> {
    transaction(this.#db, 'BEGIN IMMEDIATE', () => {
      this.#db
        .prepare(`INSERT INTO skipped SELECT ${columns}, ?, ? FROM parked ${ofKey} ON CONFLICT DO NOTHING`)
        .run(because, at, ...keyOf(key));
      this.#db.prepare(`DELETE FROM parked ${ofKey}`).run(...keyOf(key));
    });
  }

  async skipped(group?: string): Promise<readonly SkippedEvent[]> {
    return this.#rows('*', 'skipped', group).map(skippedOf);
  }

  async close(): Promise<void> {
    this.#db.close();
  }

  #rows(wanted: string, table: string, group: string | undefined): Row[] {
    return this.#db
      .prepare(`SELECT ${wanted} FROM ${table} WHERE ?1 IS NULL OR reader = ?1 ORDER BY position, reader`)
      .all(group ?? null);
  }
}
