import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const schemaVersion = 1;

/**
 * Opens `<folder>/feed.db`: saved positions and the park. Several processes may have it open.
 * @throws Error naming the file when a newer build wrote it
 */
export const openFeedFile = (folder: string): DatabaseSync => {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'feed.db');
  const db = new DatabaseSync(file, { timeout: 5_000 });
  const version = Number(db.prepare('PRAGMA user_version').get()?.user_version);
  if (version > schemaVersion) {
    db.close();
    throw new Error(`${file} has schema version ${version}, this build knows up to ${schemaVersion}`);
  }
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS reader (
      name TEXT PRIMARY KEY,
      position TEXT NOT NULL,
      types TEXT
    );
    CREATE TABLE IF NOT EXISTS reader_position (
      reader TEXT NOT NULL,
      partition INTEGER NOT NULL,
      position TEXT NOT NULL,
      PRIMARY KEY (reader, partition)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS parked (
      reader TEXT NOT NULL,
      stream TEXT NOT NULL,
      position TEXT NOT NULL,
      partition INTEGER NOT NULL,
      event_id TEXT NOT NULL,
      reason TEXT NOT NULL,
      since INTEGER NOT NULL,
      PRIMARY KEY (reader, stream, position)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS skipped (
      reader TEXT NOT NULL,
      stream TEXT NOT NULL,
      position TEXT NOT NULL,
      partition INTEGER NOT NULL,
      event_id TEXT NOT NULL,
      reason TEXT NOT NULL,
      since INTEGER NOT NULL,
      skipped_because TEXT NOT NULL,
      skipped_at INTEGER NOT NULL,
      PRIMARY KEY (reader, stream, position)
    ) WITHOUT ROWID;
    PRAGMA user_version = ${schemaVersion};
  `);
  return db;
};
