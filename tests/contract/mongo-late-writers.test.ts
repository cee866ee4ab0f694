import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import { beginning, type Position } from '../../src/application/ports/event-store.js';
import type { AppliedEvent } from '../../src/application/ports/views.js';
import { GenerationDocuments, type Operation } from '../../src/infrastructure/views/mongodb/generation-documents.js';
import { LiveBatch } from '../../src/infrastructure/views/mongodb/live-batch.js';
import { MongoViewStore } from '../../src/infrastructure/views/mongodb/mongo-view-store.js';
import { type Live, liveOf, ViewRecords } from '../../src/infrastructure/views/mongodb/view-records.js';
import { Chance } from '../support/attack/chance.js';
import { beginEmpty } from '../support/begin-empty.js';
import { type MongoPlace, mongoPlace } from '../support/mongo.js';
import { describeMongo } from '../support/servers.js';
import { at, event, things } from '../support/things.js';

class Died extends Error {}

/** Of several writers one goes on at a time, from one call of the store to its next; some stand still for long, some die. */
class Turns {
  readonly #waiting = new Map<number, () => void>();
  #arrived = Promise.withResolvers<void>();
  #last = 0;

  constructor(private readonly chance: Chance) {}

  /** Before each call. @throws Died */
  async take(writer: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#waiting.set(writer, resolve);
      this.#arrived.resolve();
    });
    if (this.chance.next() < 0.02) throw new Died();
  }

  async run(writers: readonly ((writer: number) => Promise<void>)[]): Promise<void> {
    const running = new Set<number>();
    const ended: Promise<void>[] = [];
    for (const [index, work] of writers.entries()) {
      running.add(index);
      const end = work(index).finally(() => {
        running.delete(index);
        this.#arrived.resolve();
      });
      ended.push(end);
    }
    while (running.size > 0) {
      while (this.#waiting.size < running.size) {
        await this.#arrived.promise;
        this.#arrived = Promise.withResolvers();
      }
      const next = this.#pick([...this.#waiting.keys()]);
      if (next === undefined) break;
      const go = this.#waiting.get(next);
      this.#waiting.delete(next);
      go?.();
    }
    await Promise.all(ended);
  }

  /** Mostly the one that went last. */
  #pick(writers: readonly number[]): number | undefined {
    if (!writers.includes(this.#last) || this.chance.next() < 0.15) {
      this.#last = writers[this.chance.whole(0, writers.length - 1)] ?? 0;
    }
    return writers.includes(this.#last) ? this.#last : undefined;
  }
}

/** Documents of one writer: each operation of a bulk is a step of its own, as it is on a server. */
class DocumentsInTurns extends GenerationDocuments {
  turn = async (): Promise<void> => undefined;

  override async load(collection: string, ids: readonly string[]) {
    await this.turn();
    return super.load(collection, ids);
  }

  override async write(collection: string, operations: readonly Operation[]): Promise<boolean> {
    let isDone = true;
    for (const operation of operations) {
      await this.turn();
      if (!(await super.write(collection, [operation]))) isDone = false;
    }
    return isDone;
  }
}

class RecordsInTurns extends ViewRecords {
  turn = async (): Promise<void> => undefined;

  override async read(view: typeof things) {
    await this.turn();
    return super.read(view);
  }

  override async moveCheckpoint(view: typeof things, id: string, partition: number, upTo: Position) {
    await this.turn();
    return super.moveCheckpoint(view, id, partition, upTo);
  }
}

type Documents = Record<string, Record<string, unknown>>;

/** Documents that begin, go on and end, over and over. */
const eventsBy = (chance: Chance, count: number): readonly AppliedEvent[] =>
  Array.from({ length: count }, (_, index) => {
    const id = ['a', 'b', 'c'][chance.whole(0, 2)] ?? 'a';
    if (chance.next() < 0.35) return event(index + 1, { id, $delete: true });
    return event(index + 1, { id, $inc: { sum: 1 }, $push: { list: index } });
  });

const foldOf = (events: readonly AppliedEvent[]): Documents => {
  const documents: Record<string, { sum: number; list: unknown[] }> = {};
  for (const { changes } of events) {
    for (const { id, $delete, $push } of changes) {
      const before = documents[id] ?? { sum: 0, list: [] };
      if ($delete === true) delete documents[id];
      else documents[id] = { sum: before.sum + 1, list: [...before.list, $push?.list] };
    }
  }
  return documents;
};

describeMongo('writers of one partition of a view in MongoDB at once', () => {
  const seed = Number(process.env.ATTACK_SEED ?? Math.floor(Math.random() * 1_000_000));
  const partition = 5;
  let place: MongoPlace;
  let client: MongoClient;
  let store: MongoViewStore;
  beforeEach(async () => {
    place = await mongoPlace();
    client = new MongoClient(place.url, { writeConcern: { w: 'majority' } });
    store = new MongoViewStore(place);
  });
  afterEach(async () => {
    await store.close();
    await client.close();
    await place.drop();
  });

  it(`bring back nothing that was deleted, lose and double nothing, with ATTACK_SEED=${seed}`, async () => {
    const db = client.db(place.database);
    for (let round = 0; round < 60; round++) {
      const chance = new Chance(seed * 1_000 + round);
      const view = { ...things, name: `late-${round}` };
      await beginEmpty(store, view);
      const events = eventsBy(chance, 12);
      const turns = new Turns(chance);
      const documentsOf = ({ version, id }: Live) => new DocumentsInTurns(db, view, `${view.name}_v${version}_${id}__`);

      const writer = async (index: number): Promise<void> => {
        const turn = () => turns.take(index);
        const records = Object.assign(new RecordsInTurns(db), { turn });
        for (let reached = 0; reached < events.length; ) {
          const batch = events.slice(reached, reached + chance.whole(1, 5));
          const from = reached === 0 ? beginning : at(reached);
          const upTo = batch.at(-1)?.position ?? from;
          const parts = { view, partition, events: batch, upTo, from };
          try {
            const own = (live: Live) => Object.assign(documentsOf(live), { turn });
            while (!(await new LiveBatch(records, own, parts).apply()));
            reached += batch.length;
          } catch (error) {
            if (!(error instanceof Died)) throw error;
          }
        }
      };
      const sweeper = async (index: number): Promise<void> => {
        const records = new ViewRecords(db);
        for (let time = 0; time < 8; time++) {
          await turns.take(index).catch(() => undefined);
          const live = liveOf(await records.read(view));
          if (live !== undefined) await documentsOf(live).sweep(live.checkpoints);
        }
      };
      await turns.run([writer, writer, writer, sweeper]);

      const found = await store.find(view, 'things', { limit: 10 });
      const documents = Object.fromEntries(found.map(({ _id, ...fields }) => [_id, fields]));
      expect(documents, `round ${round}`).to.deep.equal(foldOf(events));
      await store.dropRetired(view, 0);
      const live = liveOf(await new ViewRecords(db).read(view));
      if (live === undefined) throw new Error('it is live');
      const left = await documentsOf(live).collection('things').countDocuments({});
      expect(left, `round ${round}: hidden ones are swept`).to.equal(found.length);
    }
  });
});
