import type { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { checksumOf } from './event-row.js';
import { EventStoreDamaged } from './refusals.js';

export const schemaVersion = 4;

/** Streams by number: their names would stand in each event and once more in its index. */
const tables = `
  CREATE TABLE stream (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
  );
  CREATE TABLE event (
    position INTEGER PRIMARY KEY,
    stream_number INTEGER NOT NULL REFERENCES stream,
    revision INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    metadata TEXT NOT NULL,
    checksum INTEGER NOT NULL
  );
`;

const index = 'CREATE UNIQUE INDEX event_by_stream ON event (stream_number, revision);';

/** Versions 1 to 3 had the schema version of each payload in a column. */
const moved = (streams: string, isOfStream: string, checksum: string): string => `
  ALTER TABLE event RENAME TO event_before;
  ${streams}
  INSERT INTO event
    SELECT position, number, revision, recorded_at, id, type, data, with_version(metadata, version),
      new_checksum(${checksum}, position, name, revision, recorded_at, id, type, version, data, metadata)
    FROM event_before CROSS JOIN stream ON ${isOfStream} ORDER BY position;
  DROP TABLE event_before;
  ${index}
`;

const movedWithStreams = (checksum: string): string => `
  ALTER TABLE stream RENAME TO stream_before;
  ${moved(`${tables} INSERT INTO stream SELECT number, name FROM stream_before;`, 'number = stream_number', checksum)}
  DROP TABLE stream_before;
`;

/** By the version of the file: version 1 had the stream's name in each event, version 2 no checksum. */
const steps: readonly string[] = [
  tables + index,
  moved(`${tables} INSERT INTO stream (name) SELECT DISTINCT stream FROM event_before;`, 'name = stream', 'NULL'),
  movedWithStreams('NULL'),
  movedWithStreams('checksum'),
];

const withVersion = (metadata: unknown, version: unknown): string =>
  version === 1 ? String(metadata) : JSON.stringify({ schemaVersion: version, ...JSON.parse(String(metadata)) });

const addFunctions = (db: DatabaseSync, file: string): void => {
  db.function('with_version', withVersion);
  db.function('new_checksum', { varargs: true }, (before, ...fields) => {
    const [position, stream, revision, recordedAt, id, type, version, data, metadata] = fields;
    if (before !== null && before !== crc32(fields.join('\0'))) throw EventStoreDamaged.at(file, position);
    return checksumOf(position, stream, revision, recordedAt, id, type, data, withVersion(metadata, version));
  });
};

/** Makes the tables of a new file, and brings one of an older build up to date. @throws EventStoreDamaged */
export const makeTables = (db: DatabaseSync, file: string, version: number): void => {
  const step = steps[version];
  if (step === undefined) return;
  addFunctions(db, file);
  db.exec(`BEGIN IMMEDIATE; ${step} PRAGMA user_version = ${schemaVersion}; COMMIT`);
};
