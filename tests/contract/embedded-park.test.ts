import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { EmbeddedPark } from '../../src/infrastructure/feed/embedded/embedded-park.js';
import { newEvent, openTempStore } from '../support/temp-store.js';
import { parkContract } from './park.contract.js';

parkContract('embedded', async () => {
  const { folder, dispose } = await openTempStore();
  const park = new EmbeddedPark(folder);
  const beside = new EmbeddedPark(folder);
  return {
    park,
    beside,
    dispose: async () => {
      await park.close();
      await beside.close();
      await dispose();
    },
  };
});

/** A file as the first build made it: events named by their position and id. */
const writeFirstVersion = (folder: string, parked: readonly string[], skipped: readonly string[]): void => {
  const db = new DatabaseSync(join(folder, 'feed.db'));
  const columns = `reader TEXT NOT NULL, stream TEXT NOT NULL, position TEXT NOT NULL, partition INTEGER NOT NULL,
    event_id TEXT NOT NULL, reason TEXT NOT NULL, since INTEGER NOT NULL`;
  db.exec(`
    PRAGMA journal_mode = WAL;
    CREATE TABLE reader (name TEXT PRIMARY KEY, position TEXT NOT NULL, types TEXT);
    CREATE TABLE parked (${columns}, PRIMARY KEY (reader, stream, position)) WITHOUT ROWID;
    CREATE TABLE skipped (${columns}, skipped_because TEXT NOT NULL, skipped_at INTEGER NOT NULL,
      PRIMARY KEY (reader, stream, position)) WITHOUT ROWID;
    INSERT INTO reader VALUES ('orders', '0000000000000004', NULL);
    PRAGMA user_version = 1;
  `);
  const park = db.prepare("INSERT INTO parked VALUES ('orders', 'sale-1', ?, 0, 'an id', 'bad', 5)");
  for (const position of parked) park.run(position);
  const skip = db.prepare("INSERT INTO skipped VALUES ('orders', 'sale-1', ?, 0, 'an id', 'bad', 5, 'in vain', 6)");
  for (const position of skipped) skip.run(position);
  db.close();
};

describe('embedded park', () => {
  it('takes over what the first build parked, by the revisions in the event store beside it', async () => {
    await using temp = await openTempStore();
    await temp.store.append('order-1', [newEvent(), newEvent()], 'no-stream');
    await temp.store.append('sale-1', [newEvent(), newEvent(), newEvent()], 'no-stream');
    const [first, second, third] = (await temp.store.read('sale-1')).map(({ position }) => position);
    if (first === undefined || second === undefined || third === undefined) throw new Error('three were appended');
    writeFirstVersion(temp.folder, [second, third, '00000000000000ff'], [first]);
    const park = new EmbeddedPark(temp.folder);
    const common = { group: 'orders', stream: 'sale-1', partition: 0, reason: 'bad', since: 5 };
    expect(await park.list()).to.deep.equal([
      { ...common, revision: 1n, position: second },
      { ...common, revision: 2n, position: third },
    ]);
    expect(await park.skipped()).to.deep.equal([
      { ...common, revision: 0n, position: first, skippedBecause: 'in vain', skippedAt: 6 },
    ]);
    const beside = new EmbeddedPark(temp.folder);
    await beside.release({ group: 'orders', stream: 'sale-1', revision: 1n });
    expect((await park.first('orders', 'sale-1'))?.revision).to.equal(2n);
    await beside.close();
    await park.close();
    const db = new DatabaseSync(join(temp.folder, 'feed.db'));
    expect(db.prepare('SELECT name, position FROM reader').all()).to.have.length(1);
    db.close();
  });

  it('refuses a file of a newer build', async () => {
    await using temp = await openTempStore();
    await new EmbeddedPark(temp.folder).close();
    const db = new DatabaseSync(join(temp.folder, 'feed.db'));
    db.exec('PRAGMA user_version = 99');
    db.close();
    expect(() => new EmbeddedPark(temp.folder)).to.throw('has schema version 99, this build knows up to 2');
  });
});
