import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import type { Clock } from '../../../application/ports/clock.js';
import type { Position } from '../../../application/ports/event-store.js';
import type { Snapshot, Snapshots } from '../../../application/ports/snapshots.js';
import { makeFolder } from '../../runtime/make-folder.js';
import { beginAnew, type CacheFileOptions, isDamage, openCacheFile } from '../../sqlite/cache-file.js';

export interface EmbeddedSnapshotsOptions {
  readonly folder: string;
  readonly clock: Pick<Clock, 'now'>;
  /** Names the code that writes and reads the states, which is this release's. */
  readonly shape: string;
  /** Is told when a damaged file was thrown away. */
  readonly onDamage?: (error: unknown) => void;
}

/** Large pages, since a snapshot fills many; no wait for the disk, since a power cut may take all of it. */
const settings = `
  PRAGMA page_size = 16384;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = OFF;
  PRAGMA journal_size_limit = 67108864;
`;

/** Builds before had one snapshot a stream, in a table of another name. */
const tables = `
  DROP TABLE IF EXISTS snapshot;
  CREATE TABLE IF NOT EXISTS shape (
    name TEXT PRIMARY KEY,
    last_used_day INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS state (
    stream TEXT NOT NULL,
    shape TEXT NOT NULL,
    revision INTEGER NOT NULL,
    position TEXT NOT NULL,
    event_id TEXT NOT NULL,
    state TEXT NOT NULL,
    commands TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (stream, shape)
  );
`;

const dayMs = 86_400_000;
/** Days for which the snapshots of a release stay that doesn't run, in case that it comes back. */
const unusedDays = 7;
/** Releases besides the one that runs. */
const otherShapes = 2;

const dropUnused = (database: DatabaseSync, shape: string, today: number): void => {
  const lastUsed = `SELECT name FROM shape WHERE name <> ?1 ORDER BY last_used_day DESC, rowid DESC LIMIT ${otherShapes}`;
  database
    .prepare(`DELETE FROM shape WHERE name <> ?1 AND (last_used_day < ?2 OR name NOT IN (${lastUsed}))`)
    .run(shape, today - unusedDays);
  database.prepare('DELETE FROM state WHERE shape <> ? AND shape NOT IN (SELECT name FROM shape)').run(shape);
};

interface Statements {
  readonly database: DatabaseSync;
  readonly find: StatementSync;
  readonly save: StatementSync;
  readonly delete: StatementSync;
  readonly use: StatementSync;
}

const statementsOf = (database: DatabaseSync): Statements => ({
  database,
  find: database.prepare(
    'SELECT revision, position, event_id, state, commands, checksum FROM state WHERE stream = ? AND shape = ?',
  ),
  save: database.prepare('INSERT OR REPLACE INTO state VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
  delete: database.prepare('DELETE FROM state WHERE stream = ? AND shape = ?'),
  use: database.prepare(
    'INSERT INTO shape VALUES (?, ?) ON CONFLICT DO UPDATE SET last_used_day = excluded.last_used_day',
  ),
});

/** Guards against bytes that turned where SQLite has no eye on them. */
const checksum = (...parts: readonly string[]): number => parts.reduce((sum, part) => crc32(part, sum), 0);

/** Snapshots in `<folder>/snapshots.db`, a file that may be deleted at any time. One process has it open. */
export class EmbeddedSnapshots implements Snapshots {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #shape: string;
  readonly #file: CacheFileOptions;
  #open: Statements;
  /** On which the last use was written down. */
  #usedDay = Number.NaN;

  constructor({ folder, clock, shape, onDamage = () => {} }: EmbeddedSnapshotsOptions) {
    makeFolder(folder);
    const prepare = (database: DatabaseSync): void => {
      database.exec(settings + tables);
      dropUnused(database, shape, this.#today);
    };
    this.#clock = clock;
    this.#shape = shape;
    this.#file = { file: join(folder, 'snapshots.db'), prepare, onDamage };
    this.#open = statementsOf(openCacheFile(this.#file));
  }

  /** @throws Error for a snapshot that isn't as it was written */
  async find(stream: string): Promise<Snapshot | undefined> {
    const row = this.#use(({ find }) => find.get(stream, this.#shape));
    if (row === undefined) return undefined;
    const [revision, position, eventId] = [String(row.revision), String(row.position), String(row.event_id)];
    const [state, commands] = [String(row.state), String(row.commands)];
    if (row.checksum !== checksum(stream, revision, position, eventId, state, commands)) {
      await this.delete(stream);
      throw new Error('its checksum is wrong');
    }
    const at = { revision: BigInt(revision), position: position as Position, eventId };
    return { ...at, state, commands };
  }

  async save(stream: string, { revision, position, eventId, state, commands }: Snapshot): Promise<void> {
    const sum = checksum(stream, String(revision), position, eventId, state, commands);
    this.#use(({ save }) => save.run(stream, this.#shape, revision, position, eventId, state, commands, sum));
  }

  async delete(stream: string): Promise<void> {
    this.#use((statements) => statements.delete.run(stream, this.#shape));
  }

  async close(): Promise<void> {
    if (this.#open.database.isOpen) this.#open.database.close();
  }

  get #today(): number {
    return Math.floor(this.#clock.now() / dayMs);
  }

  /** A file that turns out to be damaged is thrown away, and so is the work on it. */
  #use<T>(work: (statements: Statements) => T): T | undefined {
    try {
      this.#noteUse();
      return work(this.#open);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#file.onDamage(error);
      this.#open.database.close();
      this.#open = statementsOf(beginAnew(this.#file));
      this.#usedDay = Number.NaN;
      return undefined;
    }
  }

  /** Once a day, so that reading doesn't write. */
  #noteUse(): void {
    if (this.#usedDay === this.#today) return;
    this.#open.use.run(this.#shape, this.#today);
    this.#usedDay = this.#today;
  }
}
