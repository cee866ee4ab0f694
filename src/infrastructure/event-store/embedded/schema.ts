import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { columns, eventsOf, type Row } from './event-row.js';
import { problemInLog } from './log-check.js';
import { EventStoreDamaged, EventStoreTooNew } from './refusals.js';
import { makeTables, schemaVersion } from './tables.js';
import { problemIn, scalar } from './whole-check.js';

const checkedTail = 10_000;

/** The last events are those that readers have yet to take: each is looked at before any is filtered by what it holds. */
const checkTail = (db: DatabaseSync, file: string): void => {
  const tail = db.prepare(`SELECT ${columns} FROM event ORDER BY position DESC LIMIT ${checkedTail}`);
  tail.setReturnArrays(true);
  const eventOf = eventsOf(file);
  // The types of Node know rows as objects only.
  for (const row of tail.iterate()) eventOf(row as unknown as Row);
};

/**
 * Opens the file for writing, makes its tables if it is new, brings one of an older build up to date, and checks it: all of
 * it up to a size, the newest events of one that is larger.
 * @throws EventStoreTooNew, EventStoreDamaged
 */
export const openForWriting = (file: string, checkedBytes = Number.POSITIVE_INFINITY): DatabaseSync => {
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
    const problem = statSync(file).size > checkedBytes ? undefined : problemIn(db);
    if (problem !== undefined) throw new EventStoreDamaged(file, problem);
    checkTail(db, file);
    return db;
  } catch (cause) {
    db.close();
    if (cause instanceof EventStoreTooNew || cause instanceof EventStoreDamaged) throw cause;
    throw new EventStoreDamaged(file, cause instanceof Error ? cause.message : String(cause));
  }
};
