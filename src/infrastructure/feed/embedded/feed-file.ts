import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { makeFolder } from '../../runtime/make-folder.js';
import { transaction } from '../../sqlite/transaction.js';

const schemaVersion = 2;

const parkedColumns = `
  reader TEXT NOT NULL,
  stream TEXT NOT NULL,
  revision INTEGER NOT NULL,
  position TEXT NOT NULL,
  partition INTEGER NOT NULL,
  reason TEXT NOT NULL,
  since INTEGER NOT NULL
`;

const parkTables = `
  CREATE TABLE parked (${parkedColumns}, PRIMARY KEY (reader, stream, revision)) WITHOUT ROWID;
  CREATE TABLE skipped (
    ${parkedColumns},
    skipped_because TEXT NOT NULL,
    skipped_at INTEGER NOT NULL,
    PRIMARY KEY (reader, stream, revision)
  ) WITHOUT ROWID;
`;

const positionTable = `
  CREATE TABLE reader_position (
    reader TEXT NOT NULL,
    partition INTEGER NOT NULL,
    position TEXT NOT NULL,
    PRIMARY KEY (reader, partition)
  ) WITHOUT ROWID;
`;

const readerTables = `CREATE TABLE reader (name TEXT PRIMARY KEY, position TEXT NOT NULL, types TEXT); ${positionTable}`;

const inserted = (table: 'parked' | 'skipped', more: string): string => `
  INSERT INTO ${table}
    SELECT reader, ${table}_1.stream, revision, ${table}_1.position, partition, reason, since ${more}
    FROM ${table}_1 JOIN events.event ON event.position = row_of(${table}_1.position);
  DROP TABLE ${table}_1;
`;

/** By the version of the file: version 1 knew one partition, and named parked events by their position alone. */
const steps: readonly string[] = [
  readerTables + parkTables,
  `
  ${positionTable}
  ALTER TABLE parked RENAME TO parked_1;
  ALTER TABLE skipped RENAME TO skipped_1;
  ${parkTables}
  ${inserted('parked', '')}
  ${inserted('skipped', ', skipped_because, skipped_at')}
  `,
];

const versionOf = (db: DatabaseSync): number => Number(db.prepare('PRAGMA user_version').get()?.user_version);

/** Another process may do the same at this moment. */
const bringUpToDate = (db: DatabaseSync, folder: string): void => {
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  const before = versionOf(db);
  if (before === 1) {
    db.function('row_of', (position) => Number.parseInt(String(position), 16));
    db.prepare('ATTACH ? AS events').run(`${pathToFileURL(join(folder, 'events.db')).href}?mode=ro`);
  }
  if (before < schemaVersion) {
    transaction(db, 'BEGIN IMMEDIATE', () => {
      const step = steps[versionOf(db)];
      if (step !== undefined) db.exec(`${step} PRAGMA user_version = ${schemaVersion}`);
    });
  }
  if (before === 1) db.exec('DETACH events');
};

/**
 * Opens `<folder>/feed.db`: saved positions and the park. Several processes may have it open.
 * @throws Error naming the file when a newer build wrote it
 */
export const openFeedFile = (folder: string): DatabaseSync => {
  makeFolder(folder);
  const file = join(folder, 'feed.db');
  const db = new DatabaseSync(file, { timeout: 5_000 });
  try {
    const version = versionOf(db);
    if (version > schemaVersion) {
      throw new Error(`${file} has schema version ${version}, this build knows up to ${schemaVersion}`);
    }
    bringUpToDate(db, folder);
    return db;
  } catch (cause) {
    db.close();
    throw cause;
  }
};
