import { DatabaseSync } from 'node:sqlite';
import { EventStoreDamaged, EventStoreTooNew } from './refusals.js';

export const schemaVersion = 1;

const tables = `
  CREATE TABLE event (
    position INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    revision INTEGER NOT NULL,
    type TEXT NOT NULL,
    version INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    id TEXT NOT NULL,
    data TEXT NOT NULL,
    metadata TEXT NOT NULL
  );
  CREATE UNIQUE INDEX event_by_stream ON event (stream, revision);
  CREATE UNIQUE INDEX event_by_id ON event (id);
`;

const scalar = (db: DatabaseSync, sql: string): unknown => {
  const row = db.prepare(sql).get();
  return row === undefined ? undefined : Object.values(row)[0];
};

const problemIn = (db: DatabaseSync): string | undefined => {
  const pages = scalar(db, 'PRAGMA quick_check(1)');
  if (pages !== 'ok') return String(pages);
  const head = Number(scalar(db, 'SELECT max(position) FROM event') ?? 0);
  const rows = Number(scalar(db, 'SELECT count(*) FROM event'));
  if (head !== rows) return `${rows} events up to position ${head}`;
  const stream = scalar(
    db,
    'SELECT stream FROM event GROUP BY stream HAVING min(revision) <> 0 OR max(revision) + 1 <> count(*) LIMIT 1',
  );
  return stream === undefined ? undefined : `stream ${stream} lacks revisions`;
};

/**
 * Opens the file for writing, makes its tables if it is new, and checks it.
 * @throws EventStoreTooNew, EventStoreDamaged
 */
export const openForWriting = (file: string): DatabaseSync => {
  const db = new DatabaseSync(file, { timeout: 5_000 });
  try {
    const version = Number(scalar(db, 'PRAGMA user_version'));
    if (version > schemaVersion) throw new EventStoreTooNew(file, version, schemaVersion);
    db.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA cache_size = -65536;
      PRAGMA wal_autocheckpoint = 4000;
      PRAGMA journal_size_limit = 67108864;
    `);
    if (version === 0) db.exec(`BEGIN IMMEDIATE; ${tables} PRAGMA user_version = ${schemaVersion}; COMMIT`);
    const problem = problemIn(db);
    if (problem !== undefined) throw new EventStoreDamaged(file, problem);
    return db;
  } catch (cause) {
    db.close();
    if (cause instanceof EventStoreTooNew || cause instanceof EventStoreDamaged) throw cause;
    throw new EventStoreDamaged(file, cause instanceof Error ? cause.message : String(cause));
  }
};
