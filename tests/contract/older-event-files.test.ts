import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import { beginning } from '../../src/application/ports/event-store.js';
import { EmbeddedEventStore } from '../../src/infrastructure/event-store/embedded/embedded-event-store.js';
import { ReadOnlyEventStore } from '../../src/infrastructure/event-store/embedded/read-only-event-store.js';
import { EventStoreDamaged, EventStoreOfOtherBuild } from '../../src/infrastructure/event-store/embedded/refusals.js';
import { failureOf } from '../support/failure-of.js';
import { newEvent, realClock, tempFolder } from '../support/temp-store.js';

const ids = Array.from({ length: 12 }, () => newEvent().id);

/** Two streams in turn, payloads of two schema versions, with and without other metadata. */
const rows = ids.map((id, index) => ({
  id,
  position: index + 1,
  stream: index % 2 === 0 ? 'sale-1' : 'order-2',
  revision: Math.floor(index / 2),
  recordedAt: 10 + index,
  version: 1 + (index % 3),
  data: `{"n":${index},  "text":"ž"}`,
  metadata: index < 6 ? '{"correlationId":"ž","causationId":"d"}' : '{}',
}));

const dataAndMetadata =
  'id TEXT NOT NULL, type TEXT NOT NULL, version INTEGER NOT NULL, data TEXT NOT NULL, metadata TEXT NOT NULL';

const writeVersion1 = (db: DatabaseSync): void => {
  db.exec(`
    CREATE TABLE event (
      position INTEGER PRIMARY KEY, stream TEXT NOT NULL, revision INTEGER NOT NULL, recorded_at INTEGER NOT NULL,
      ${dataAndMetadata}
    );
    CREATE UNIQUE INDEX event_by_stream ON event (stream, revision);
    CREATE UNIQUE INDEX event_by_id ON event (id);
    PRAGMA user_version = 1;
  `);
  const insert = db.prepare("INSERT INTO event VALUES (?, ?, ?, ?, ?, 'Kept', ?, ?, ?)");
  for (const { position, stream, revision, recordedAt, id, version, data, metadata } of rows) {
    insert.run(position, stream, revision, recordedAt, id, version, data, metadata);
  }
};

const writeStreams = (db: DatabaseSync): void =>
  db.exec(`
    CREATE TABLE stream (
      number INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      category TEXT AS (substr(name, 1, instr(name || '-', '-') - 1)) STORED
    );
    CREATE TABLE event (
      position INTEGER PRIMARY KEY, stream_number INTEGER NOT NULL REFERENCES stream, revision INTEGER NOT NULL,
      recorded_at INTEGER NOT NULL, ${dataAndMetadata}
    );
    CREATE UNIQUE INDEX event_by_stream ON event (stream_number, revision);
    CREATE UNIQUE INDEX event_by_id ON event (id);
    INSERT INTO stream (number, name) VALUES (4, 'sale-1'), (9, 'order-2');
  `);

const numberOf = (stream: string): number => (stream === 'sale-1' ? 4 : 9);

const writeVersion2 = (db: DatabaseSync): void => {
  writeStreams(db);
  db.exec('PRAGMA user_version = 2');
  const insert = db.prepare("INSERT INTO event VALUES (?, ?, ?, ?, ?, 'Kept', ?, ?, ?)");
  for (const { position, stream, revision, recordedAt, id, version, data, metadata } of rows) {
    insert.run(position, numberOf(stream), revision, recordedAt, id, version, data, metadata);
  }
};

/** The first half is of a build before the checksum. */
const writeVersion3 = (db: DatabaseSync): void => {
  writeStreams(db);
  db.exec('ALTER TABLE event ADD COLUMN checksum INTEGER; PRAGMA user_version = 3');
  const insert = db.prepare("INSERT INTO event VALUES (?, ?, ?, ?, ?, 'Kept', ?, ?, ?, ?)");
  for (const { position, stream, revision, recordedAt, id, version, data, metadata } of rows) {
    const checked = [position, stream, revision, recordedAt, id, 'Kept', version, data, metadata];
    const checksum = position <= 6 ? null : crc32(checked.join('\0'));
    insert.run(position, numberOf(stream), revision, recordedAt, id, version, data, metadata, checksum);
  }
};

const expected = rows.map(({ id, stream, revision, recordedAt, version, data, metadata }) => {
  const rest = metadata === '{}' ? '' : `,${metadata.slice(1, -1)}`;
  return {
    ...{ id, stream, revision: BigInt(revision), recordedAt, data, type: 'Kept' },
    metadata: version === 1 ? metadata : `{"schemaVersion":${version}${rest}}`,
  };
});

describe('files of older builds', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await tempFolder();
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const begin = (write: (db: DatabaseSync) => void): void => {
    const db = new DatabaseSync(join(folder, 'events.db'));
    db.exec('PRAGMA journal_mode = WAL');
    write(db);
    db.close();
  };
  const change = (sql: string): void => begin((db) => db.exec(sql));
  const open = (): Promise<EmbeddedEventStore> => EmbeddedEventStore.open({ folder, clock: realClock });

  for (const [version, write] of [writeVersion1, writeVersion2, writeVersion3].entries()) {
    it(`version ${version + 1} is brought up to date; who only reads is refused until then`, async () => {
      begin(write);
      expect(() => new ReadOnlyEventStore(folder)).to.throw(EventStoreOfOtherBuild);
      const store = await open();
      const { events } = await store.readAll(beginning);
      expect(events.map(({ position: _, ...event }) => event)).to.deep.equal(expected);
      expect(await store.read('order-2')).to.deep.equal(events.filter(({ stream }) => stream === 'order-2'));
      expect((await store.append('sale-1', [newEvent()], 5n)).revision).to.equal(6n);
      expect((await store.append('sale-2', [newEvent()], 'no-stream')).revision).to.equal(0n);
      await store.close();
      await (await open()).close();
    });

    it(`version ${version + 1} is checked from then on`, async () => {
      begin(write);
      await (await open()).close();
      change("UPDATE event SET data = '{}' WHERE position = 3");
      expect(await failureOf(open()))
        .to.be.instanceOf(EventStoreDamaged)
        .and.have.property('message')
        .that.includes('the event at position 3 is not what was written there');
    });
  }

  it('one that is damaged stays as it is', async () => {
    begin(writeVersion3);
    change('UPDATE event SET revision = revision, metadata = \'{"correlationId":"x"}\' WHERE position = 8');
    for (const attempt of ['first', 'second']) {
      expect(await failureOf(open()), attempt)
        .to.be.instanceOf(EventStoreDamaged)
        .and.have.property('message')
        .that.includes('the event at position 8 is not what was written there');
    }
    expect(() => new ReadOnlyEventStore(folder)).to.throw(EventStoreOfOtherBuild, 'has schema version 3');
  });
});
