import { DatabaseSync } from 'node:sqlite';
import { columns, eventsOf, type Row } from './event-row.js';
import { problemInLog } from './log-check.js';
import { EventStoreDamaged, EventStoreTooNew } from './refusals.js';
import { makeTables, schemaVersion } from './tables.js';

const checkedTail = 10_000;

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
    makeTables(db, file, version);
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
