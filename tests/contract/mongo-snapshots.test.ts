import { expect } from 'chai';
import { MongoSnapshots } from '../../src/infrastructure/snapshots/mongodb/mongo-snapshots.js';
import { type MongoPlace, mongoPlace } from '../support/mongo.js';
import { describeMongo } from '../support/servers.js';
import { snapshot, snapshotsContract } from './snapshots.contract.js';

const begin = async () => {
  const { drop, ...place } = await mongoPlace();
  return { open: async (shape: string) => new MongoSnapshots({ ...place, shape, clock: Date }), dispose: drop };
};

describeMongo('snapshots over MongoDB', () => snapshotsContract('mongodb', begin));

const dayMs = 86_400_000;

describeMongo('snapshots in MongoDB', () => {
  let place: MongoPlace;
  let now: number;
  beforeEach(async () => {
    place = await mongoPlace();
    now = 20_000 * dayMs;
  });
  afterEach(() => place.drop());

  const through = async <T>(shape: string, work: (snapshots: MongoSnapshots) => Promise<T>): Promise<T> => {
    const snapshots = new MongoSnapshots({ ...place, shape, clock: { now: () => now } });
    try {
      return await work(snapshots);
    } finally {
      await snapshots.close();
    }
  };
  const foundAs = (shape: string): Promise<bigint | undefined> =>
    through(shape, async (snapshots) => (await snapshots.find('sale-1'))?.revision);
  const saveAs = (shape: string, revision: bigint): Promise<void> =>
    through(shape, (snapshots) => snapshots.save('sale-1', snapshot(revision)));

  it('stay for a week after the release last used them, reading included', async () => {
    await saveAs('a', 1n);
    await saveAs('b', 2n);
    now += 6 * dayMs;
    expect(await foundAs('a')).to.equal(1n);
    now += 6 * dayMs;
    expect(await foundAs('c')).to.equal(undefined);
    expect(await foundAs('a')).to.equal(1n);
    expect(await foundAs('b')).to.equal(undefined);
  });

  it('are those of three releases at most', async () => {
    for (const [index, shape] of ['a', 'b', 'c', 'd'].entries()) {
      await saveAs(shape, BigInt(index));
      now += dayMs;
    }
    expect(await foundAs('d')).to.equal(3n);
    expect(await foundAs('c')).to.equal(2n);
    expect(await foundAs('a')).to.equal(undefined);
  });
});
