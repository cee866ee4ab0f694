import { expect } from 'chai';
import { parkingReader, Unavailable } from '../../src/application/feed/parking-reader.js';
import { type ViewDocument, ViewsUnavailable } from '../../src/application/ports/views.js';
import { Mutex } from '../../src/application/views/mutex.js';
import { Projector } from '../../src/application/views/projector.js';
import { viewBuilderOf } from '../../src/application/views/view-builder.js';
import { EmbeddedFeed } from '../../src/infrastructure/feed/embedded/embedded-feed.js';
import { MongoPark } from '../../src/infrastructure/feed/mongodb/mongo-park.js';
import { MongoIdempotencyStore } from '../../src/infrastructure/http/idempotency/mongodb/mongo-idempotency-store.js';
import { MongoLeases } from '../../src/infrastructure/leases/mongodb/mongo-leases.js';
import { MongoSnapshots } from '../../src/infrastructure/snapshots/mongodb/mongo-snapshots.js';
import { MongoViewStore } from '../../src/infrastructure/views/mongodb/mongo-view-store.js';
import { MongoWire } from '../../stack/mongodb-wire.js';
import { snapshot } from '../contract/snapshots.contract.js';
import { groupOf, tallies, tallyCatalogue } from '../support/attack/tallies.js';
import { failureOf } from '../support/failure-of.js';
import { describeServer, serverData } from '../support/servers.js';
import { newEvent, openTempStore, realClock, type TempStore } from '../support/temp-store.js';
import { until } from '../support/until.js';

const streamCount = 8;
const partitions = 4;

/** How the server goes, and how it comes back. */
const losses: readonly {
  readonly how: string;
  readonly isEmptied: boolean;
  go(server: MongoWire): Promise<void>;
  comeBack(server: MongoWire): Promise<void>;
}[] = [
  {
    how: 'stopped, and comes back empty',
    isEmptied: true,
    go: ({ server }) => server.stop(),
    comeBack: (wire) => wire.restart(),
  },
  {
    how: 'killed, and comes back empty',
    isEmptied: true,
    go: ({ server }) => server.kill(),
    comeBack: (wire) => wire.restart(),
  },
  {
    how: 'frozen, and goes on',
    isEmptied: false,
    go: async ({ server }) => server.freeze(),
    comeBack: async ({ server }) => server.resume(),
  },
];

describeServer('mongodb-wire', 'a MongoDB server that goes away', () => {
  const [tally] = tallies;
  if (tally === undefined) throw new Error('there is a view');
  let wire: MongoWire;
  let temp: TempStore;
  let database = 0;
  const appended = Array.from({ length: streamCount }, () => 0);
  const closing: { close(): Promise<void> }[] = [];
  const opened = <Part extends { close(): Promise<void> }>(part: Part): Part => {
    closing.push(part);
    return part;
  };
  const place = () => ({ url: wire.url, database: `away_${database}`, deadlineMs: 500 });

  before(async () => {
    wire = await MongoWire.start({ folder: serverData() });
    console.log(`      ${wire.product}`);
  });
  after(() => wire.server.kill());
  beforeEach(async () => {
    database++;
    appended.fill(0);
    temp = await openTempStore();
  });
  afterEach(async () => {
    wire.server.resume();
    if (wire.server.isOver) await wire.restart();
    for (const part of closing.splice(0).toReversed()) await part.close();
    await temp.dispose();
  });

  /** One event more in each stream. */
  const append = async (): Promise<void> => {
    for (let index = 0; index < streamCount; index++) {
      const revision = appended[index] ?? 0;
      const expected = revision === 0 ? 'no-stream' : BigInt(revision - 1);
      await temp.store.append(`tally-${index}`, [newEvent('Counted', `{"by":${revision + 1}}`)], expected);
      appended[index] = revision + 1;
    }
  };

  const due = (): Record<string, ViewDocument> => {
    const documents: Record<string, ViewDocument> = {};
    for (const [index, count] of appended.entries()) {
      const _id = `tally-${index}`;
      const sum = (count * (count + 1)) / 2;
      documents[_id] = { _id, count, sum, revisions: Array.from({ length: count }, (_, revision) => revision) };
      const group = groupOf(_id);
      const before = documents[group] ?? { _id: group, count: 0, sum: 0 };
      documents[group] = { _id: group, count: Number(before.count) + count, sum: Number(before.sum) + sum };
    }
    return documents;
  };

  const found = async (views: MongoViewStore): Promise<Record<string, ViewDocument>> => {
    const all = await Promise.all(['streams', 'groups'].map((name) => views.find(tally, name, { limit: 100 })));
    return Object.fromEntries(all.flat().map((document) => [document._id, document]));
  };

  const equal = async (views: MongoViewStore): Promise<boolean> => {
    const [documents, wanted] = [await found(views), due()];
    expect(documents).to.deep.equal(wanted);
    return true;
  };

  /** A process that brings the view on, with all that it needs in MongoDB. */
  const projecting = async (): Promise<{ readonly views: MongoViewStore; readonly park: MongoPark }> => {
    const views = opened(new MongoViewStore(place()));
    const park = opened(new MongoPark(place()));
    const leases = opened(new MongoLeases(place()));
    const { store, folder } = temp;
    const projector = new Projector(viewBuilderOf(tallyCatalogue, tally), {
      store,
      partitions,
      views,
      leases,
      holder: 'test',
      rebuilds: new Mutex(),
      progress: { moved: () => undefined },
    });
    await projector.start();
    const wait = { firstMs: 20, longestMs: 100 };
    const feed = opened(new EmbeddedFeed({ store, folder, partitions, clock: realClock, wait }));
    const { group, types } = projector;
    feed.subscribe(
      parkingReader({
        group,
        types,
        park,
        clock: realClock,
        wait,
        handleEvents: (events, at) => projector.handle(events, at),
        assigned: (partition, after) => projector.assigned(partition, after),
        revoked: (partition) => projector.revoked(partition),
      }),
    );
    return { views, park };
  };

  for (const { how, isEmptied, go, comeBack } of losses) {
    it(`is ${how}: views wait, then equal the fold of the events`, async () => {
      const { views, park } = await projecting();
      await append();
      await until('the view is as the events', () => equal(views));
      for (let time = 0; time < 2; time++) {
        const writing = append();
        await go(wire);
        await writing;
        await append();
        expect(await failureOf(views.get(tally, 'streams', 'tally-0'))).to.be.instanceOf(ViewsUnavailable);
        await append();
        await comeBack(wire);
        await append();
        await until('the view is as the events again', () => equal(views));
      }
      expect(await park.list()).to.deep.equal([]);
      const live = await views.live(tally);
      expect(live?.checkpoints).to.have.length(partitions);
    });

    it(`is ${how}: each port says that it is away, and what is optional is gone without`, async () => {
      const leases = opened(new MongoLeases(place()));
      const park = opened(new MongoPark(place()));
      const away: string[] = [];
      const snapshots = opened(
        new MongoSnapshots({ ...place(), clock: realClock, shape: 'a', onAway: () => away.push('snapshots') }),
      );
      const idempotency = opened(
        new MongoIdempotencyStore({ ...place(), clock: realClock, onTrouble: (what) => away.push(what) }),
      );
      const lease = await leases.claim('work', 'a', 600_000);
      await snapshots.save('sale-1', snapshot(1n));
      const held = await idempotency.claim('held', 'request');
      if (held.kind !== 'new') throw new Error('nobody else has it');

      await go(wire);
      const refusals = await Promise.all([
        failureOf(leases.claim('other', 'a', 1)),
        failureOf(lease?.renew() ?? Promise.resolve()),
        failureOf(park.streams('orders')),
      ]);
      for (const refusal of refusals) expect(refusal).to.be.instanceOf(Unavailable);
      expect(await snapshots.find('sale-1')).to.equal(undefined);
      await snapshots.save('sale-2', snapshot(2n));
      for (let time = 0; time < 100; time++) {
        const claim = await idempotency.claim('another', 'request');
        if (claim.kind !== 'new') throw new Error(`it is ${claim.kind}`);
        await idempotency.complete('another', claim.token, { status: 200, headers: {}, body: '' });
        expect(await snapshots.find('sale-1')).to.equal(undefined);
      }
      expect(new Set(away)).to.deep.equal(new Set(['snapshots', 'responses cannot be stored']));

      await comeBack(wire);
      await until('a key is held again', async () => {
        const key = `key ${Math.random()}`;
        await idempotency.claim(key, 'request');
        return (await idempotency.claim(key, 'request')).kind === 'running';
      });
      await until('snapshots are kept again', async () => {
        await snapshots.save('sale-3', snapshot(3n));
        return (await snapshots.find('sale-3')) !== undefined;
      });
      await until('a lease is given again', async () => (await leases.claim('third', 'a', 600_000)) !== undefined);
      expect((await idempotency.claim('held', 'request')).kind).to.equal(isEmptied ? 'new' : 'running');
    });
  }
});
