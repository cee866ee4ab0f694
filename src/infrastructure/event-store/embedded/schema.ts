import { DatabaseSync } from 'node:sqlite';
import { columns, eventsOf, type Row } from './event-row.js';
import { problemInLog } from './log-check.js';
import { EventStoreDamaged, EventStoreTooNew } from './refusals.js';

export const schemaVersion = 3;

const checkedTail = 10_000;

/** Streams by number: their names would stand in each event and once more in its index. */
const tables = `
  CREATE TABLE stream (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    category TEXT AS (substr(name, 1, instr(name || '-', '-') - 1)) STORED
  );
  CREATE TABLE event (
    position INTEGER PRIMARY KEY,
    stream_number INTEGER NOT NULL REFERENCES stream,
    revision INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    version INTEGER NOT NULL,
    data TEXT NOT NULL,
    metadata TEXT NOT NULL,
    checksum INTEGER
  );
`;

const indexes = `
  CREATE UNIQUE INDEX event_by_stream ON event (stream_number, revision);
  CREATE UNIQUE INDEX event_by_id ON event (id);
`;

/** By the version of the file: version 1 had the stream's name in each event, version 2 no checksum. */
const steps: readonly string[] = [
  tables + indexes,
  `
  DROP INDEX event_by_stream;
  DROP INDEX event_by_id;
  ALTER TABLE event RENAME TO event_before;
  ${tables}
  INSERT INTO stream (name) SELECT DISTINCT stream FROM event_before;
  INSERT INTO event
    SELECT position, number, revision, recorded_at, id, type, version, data, metadata, NULL
    FROM event_before CROSS JOIN stream ON name = event_before.stream ORDER BY position;
  DROP TABLE event_before;
  ${indexes}
  `,
  'ALTER TABLE event ADD COLUMN checksum INTEGER;',
];

const scalar = (db: DatabaseSync, sql: string): unknown => {
  const row = db.prepare(sql).get();
  return row === undefined ? undefined : Object.values(row)[0];
};

const problemIn = (db: DatabaseSync): string | undefined => {
  const pages = scalar(db, 'PRAGMA quick_check(1)');
  if (pages !== 'ok') return String(pages);
  // Names are found by their index only, which no checksum covers.
  const names = scalar(db, "PRAGMA integrity_check('stream')");
  if (names !== 'ok') return String(names);
  const head = Number(scalar(db, 'SELECT max(position) FROM event') ?? 0);
  const rows = Number(scalar(db, 'SELECT count(*) FROM event'));
  if (head !== rows) return `${rows} events up to position ${head}`;
  const stream = scalar(
    db,
    `SELECT coalesce(name, 'number ' || stream_number)
     FROM (
       SELECT stream_number, min(revision) <> 0 OR max(revision) + 1 <> count(*) AS has_hole
       FROM event GROUP BY stream_number
     ) LEFT JOIN stream ON number = stream_number
     WHERE has_hole OR name IS NULL LIMIT 1`,
  );
  return stream === undefined ? undefined : `stream ${stream} lacks revisions`;
};

/** The last events are those that readers have yet to take: each is looked at before any is filtered by what it holds. */
const checkTail = (db: DatabaseSync, file: string): void => {
  const tail = db.prepare(`SELECT ${columns} FROM event ORDER BY position DESC LIMIT ${checkedTail}`);
  tail.setReturnArrays(true);
  const eventOf = eventsOf(file);
  // The types of Node know rows as objects only.
  for (const row of tail.iterate()) eventOf(row as unknown as Row);
};

/**
 * Opens the file for writing, makes its tables if it is new, brings one of an older build up to date, and checks it.
 * @throws EventStoreTooNew, EventStoreDamaged
 */
export const openForWriting = (file: string): DatabaseSync => {
  const inLog = problemInLog(`${file}-wal`);
  if (inLog !== undefined) throw new EventStoreDamaged(file, inLog);
  const db = new DatabaseSync(file, { timeout: 5_000 });
  try {
    const version = Number(scalar(db, 'PRAGMA user_version'));
    if (version > schemaVersion) throw new EventStoreTooNew(file, version, schemaVersion);
    db.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA cache_size = -65536;
      PRAGMA wal_autocheckpoint = 16000;
      PRAGMA journal_size_limit = 67108864;
    `);
    const step = steps[version];
    if (step !== undefined) db.exec(`BEGIN IMMEDIATE; ${step} PRAGMA user_version = ${schemaVersion}; COMMIT`);
    const problem = problemIn(db);
    if (problem !== undefined) throw new EventStoreDamaged(file, problem);
    checkTail(db, file);
    return db;
  } catch (cause) {
    db.close();
    if (cause instanceof EventStoreTooNew || cause instanceof EventStoreDamaged) throw cause;
    throw new EventStoreDamaged(file, cause instanceof Error ? cause.message : String(cause));
  }
};
