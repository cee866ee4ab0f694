import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import type { Position } from '../../../application/ports/event-store.js';
import type { Snapshot, Snapshots } from '../../../application/ports/snapshots.js';
import { beginAnew, type CacheFileOptions, isDamage, openCacheFile } from '../../sqlite/cache-file.js';

export interface EmbeddedSnapshotsOptions {
  readonly folder: string;
  /** Names the code that writes and reads the states: snapshots under another name are thrown away. */
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

const table = `
  CREATE TABLE IF NOT EXISTS snapshot (
    stream TEXT PRIMARY KEY,
    shape TEXT NOT NULL,
    revision INTEGER NOT NULL,
    position TEXT NOT NULL,
    event_id TEXT NOT NULL,
    state TEXT NOT NULL,
    commands TEXT NOT NULL,
    checksum INTEGER NOT NULL
  );
`;

interface Statements {
  readonly database: DatabaseSync;
  readonly find: StatementSync;
  readonly keep: StatementSync;
  readonly drop: StatementSync;
}

const statementsOf = (database: DatabaseSync): Statements => ({
  database,
  find: database.prepare(
    'SELECT revision, position, event_id, state, commands, checksum FROM snapshot WHERE stream = ? AND shape = ?',
  ),
  keep: database.prepare('INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
  drop: database.prepare('DELETE FROM snapshot WHERE stream = ?'),
});

/** Guards against bytes that turned where SQLite has no eye on them. */
const checksum = (...parts: readonly string[]): number => parts.reduce((sum, part) => crc32(part, sum), 0);

/** Snapshots in `<folder>/snapshots.db`, a file that may be deleted at any time. One process has it open. */
export class EmbeddedSnapshots implements Snapshots {
  readonly #shape: string;
  readonly #file: CacheFileOptions;
  #open: Statements;

  constructor({ folder, shape, onDamage = () => {} }: EmbeddedSnapshotsOptions) {
    mkdirSync(folder, { recursive: true });
    const prepare = (database: DatabaseSync): void => {
      database.exec(settings + table);
      database.prepare('DELETE FROM snapshot WHERE shape <> ?').run(shape);
    };
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
      await this.drop(stream);
      throw new Error('its checksum is wrong');
    }
    const at = { revision: BigInt(revision), position: position as Position, eventId };
    return { ...at, state, commands };
  }

  async keep(stream: string, { revision, position, eventId, state, commands }: Snapshot): Promise<void> {
    const sum = checksum(stream, String(revision), position, eventId, state, commands);
    this.#use(({ keep }) => keep.run(stream, this.#shape, revision, position, eventId, state, commands, sum));
  }

  async drop(stream: string): Promise<void> {
    this.#use(({ drop }) => drop.run(stream));
  }

  async close(): Promise<void> {
    if (this.#open.database.isOpen) this.#open.database.close();
  }

  /** A file that turns out to be damaged is thrown away, and so is the work on it. */
  #use<T>(work: (statements: Statements) => T): T | undefined {
    try {
      return work(this.#open);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#file.onDamage(error);
      this.#open.database.close();
      this.#open = statementsOf(beginAnew(this.#file));
      return undefined;
    }
  }
}
