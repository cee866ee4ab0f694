import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { type Lease, LeaseLost, type Leases } from '../../../application/ports/leases.js';
import { makeFolder } from '../../runtime/make-folder.js';

const schemaVersion = 1;

/** Milliseconds since the epoch by the machine's clock, which all who share the folder go by. */
const now = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";

/** A lease that would last longer than it was claimed for has seen the clock go back. */
const claimText = `
  INSERT INTO lease VALUES (?1, ?2, ${now}, ${now} + ?3, ?3, '')
  ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, token = max(lease.token + 1, excluded.token),
    expires_at = excluded.expires_at, for_ms = excluded.for_ms
  WHERE lease.expires_at <= ${now} OR lease.expires_at - lease.for_ms > ${now}
  RETURNING token, checkpoint`;

const ofHolder = 'WHERE name = ? AND token = ?';

/** Leases in `<folder>/leases.db`; threads and processes of one machine may share it. */
export class EmbeddedLeases implements Leases {
  readonly #db: DatabaseSync;
  readonly #renewing: StatementSync;

  /** @throws Error naming the file when a newer build wrote it */
  constructor(folder: string) {
    makeFolder(folder);
    const file = join(folder, 'leases.db');
    this.#db = new DatabaseSync(file, { timeout: 5_000 });
    const version = Number(this.#db.prepare('PRAGMA user_version').get()?.user_version);
    if (version > schemaVersion) {
      this.#db.close();
      throw new Error(`${file} has schema version ${version}, this build knows up to ${schemaVersion}`);
    }
    this.#db.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS lease (
        name TEXT PRIMARY KEY,
        holder TEXT NOT NULL,
        token INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        for_ms INTEGER NOT NULL,
        checkpoint TEXT NOT NULL
      ) WITHOUT ROWID;
      PRAGMA user_version = ${schemaVersion};
    `);
    this.#renewing = this.#db.prepare(`UPDATE lease SET expires_at = ${now} + for_ms ${ofHolder}`);
  }

  async claim(name: string, holder: string, forMs: number): Promise<Lease | undefined> {
    const row = this.#db.prepare(claimText).get(name, holder, forMs);
    if (row === undefined) return undefined;
    const token = Number(row.token);
    const held = (statement: StatementSync, ...values: readonly string[]): void => {
      if (statement.run(...values, name, token).changes === 0) throw new LeaseLost(name);
    };
    return {
      token,
      checkpoint: String(row.checkpoint),
      renew: async () => held(this.#renewing),
      save: async (checkpoint) => held(this.#db.prepare(`UPDATE lease SET checkpoint = ? ${ofHolder}`), checkpoint),
      release: async () => {
        this.#db.prepare(`UPDATE lease SET expires_at = 0, token = token + 1 ${ofHolder}`).run(name, token);
      },
    };
  }

  async close(): Promise<void> {
    this.#db.close();
  }
}
