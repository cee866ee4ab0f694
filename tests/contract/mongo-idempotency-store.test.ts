import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import { MongoIdempotencyStore } from '../../src/infrastructure/http/idempotency/mongodb/mongo-idempotency-store.js';
import { type MongoPlace, mongoPlace } from '../support/mongo.js';
import { describeMongo } from '../support/servers.js';
import { claimed, idempotencyStoreContract } from './idempotency-store.contract.js';

const begin = async () => {
  const place = await mongoPlace();
  const client = new MongoClient(place.url);
  const opened: MongoIdempotencyStore[] = [];
  const open = async (): Promise<MongoIdempotencyStore> => {
    const store = new MongoIdempotencyStore({ ...place, clock: Date });
    opened.push(store);
    return store;
  };
  return {
    open,
    second: open,
    leasesEnd: async () => {
      const keys = client.db(place.database).collection('idempotency');
      await keys.updateMany({}, { $set: { claimedAt: new Date(0) } });
    },
    remove: async () => {
      for (const store of opened) await store.close();
      await client.close();
      await place.drop();
    },
  };
};

describeMongo('keys in MongoDB', () => idempotencyStoreContract('the idempotency store in MongoDB', begin));

describeMongo('the idempotency store in MongoDB', () => {
  const hoursMs = 3_600_000;
  const response = { status: 200, headers: {}, body: 'x' };
  let place: MongoPlace;
  beforeEach(async () => {
    place = await mongoPlace();
  });
  afterEach(() => place.drop());

  it('deletes old responses in steps, none before its time', async () => {
    let now = Date.now();
    const clock = { now: () => now };
    const store = new MongoIdempotencyStore({ ...place, clock, keptMs: 24 * hoursMs, sweepBatch: 2 });
    for (const key of ['a', 'b', 'c', 'd', 'e']) await store.complete(key, await claimed(store, key), response);
    now += 23 * hoursMs;
    await store.sweep();
    expect((await store.claim('a', 'request')).kind).to.equal('done');
    now += 2 * hoursMs;
    await store.sweep();
    for (const key of ['a', 'b', 'c', 'd', 'e']) expect((await store.claim(key, 'request')).kind).to.equal('new');
    await store.close();
  });
});
