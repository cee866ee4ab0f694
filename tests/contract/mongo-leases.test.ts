import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import { MongoLeases } from '../../src/infrastructure/leases/mongodb/mongo-leases.js';
import { type MongoPlace, mongoPlace } from '../support/mongo.js';
import { describeMongo } from '../support/servers.js';
import { leasesContract } from './leases.contract.js';

const begin = async () => {
  const place = await mongoPlace();
  const leases = new MongoLeases(place);
  const beside = new MongoLeases(place);
  return {
    leases,
    beside,
    dispose: async () => {
      await leases.close();
      await beside.close();
      await place.drop();
    },
  };
};

describeMongo('leases over MongoDB', () => leasesContract('mongodb', begin));

describeMongo('leases in MongoDB', () => {
  let place: MongoPlace;
  let leases: MongoLeases;
  let client: MongoClient;
  beforeEach(async () => {
    place = await mongoPlace();
    leases = new MongoLeases(place);
    client = new MongoClient(place.url);
  });
  afterEach(async () => {
    await leases.close();
    await client.close();
    await place.drop();
  });

  it('give greater tokens also after the store was lost', async () => {
    const before = await leases.claim('work', 'a', 1);
    await place.drop();
    const after = await leases.claim('work', 'a', 1);
    expect(after?.token).to.be.greaterThan(before?.token ?? Number.NaN);
  });

  it('lapse at once where the clock went back behind their claim', async () => {
    await leases.claim('work', 'a', 60_000);
    const collection = client.db(place.database).collection('leases');
    await collection.updateOne({}, { $set: { renewedAt: new Date(Date.now() + 3_600_000) } });
    expect(await leases.claim('work', 'b', 60_000)).to.not.equal(undefined);
  });

  it('are held although the server looked at its clock for a later write first', async () => {
    await leases.claim('work', 'a', 60_000);
    const collection = client.db(place.database).collection('leases');
    await collection.updateOne({}, { $set: { renewedAt: new Date(Date.now() + 500) } });
    expect(await leases.claim('work', 'b', 60_000)).to.equal(undefined);
  });
});
