import type { Db } from 'mongodb';
import { beginning, type Position } from '../../../application/ports/event-store.js';
import {
  type AppliedEvent,
  type LiveView,
  OtherGeneration,
  type Query,
  type Rebuild,
  type ViewDocument,
  type ViewStore,
  ViewsUnavailable,
} from '../../../application/ports/views.js';
import type { View } from '../../../projections/projection.js';
import { type MongoConnection, type MongoOptions, openMongo } from '../../mongodb/mongo-client.js';
import type { ViewCopy } from '../view-copy.js';
import { GenerationDocuments } from './generation-documents.js';
import { LiveBatch } from './live-batch.js';
import { MongoRebuild } from './mongo-rebuild.js';
import { bufferedOf } from './stored-document.js';
import { type Live, liveOf, ViewRecords } from './view-records.js';
import { whileThere } from './while-there.js';

export interface MongoViewStoreOptions extends MongoOptions {
  /** Is told of indexes that aren't as a view declares them. */
  readonly onDifference?: (view: View, differences: readonly string[]) => void;
}

/** Writers of the same documents at once, each of which lets one go first, are fewer. */
const tries = 50;

/**
 * Views in a MongoDB database, shared by any number of processes. No transactions: each write has as its condition what it
 * was made from.
 */
export class MongoViewStore implements ViewStore {
  readonly #connection: MongoConnection;
  readonly #db: Db;
  readonly #records: ViewRecords;
  readonly #onDifference: NonNullable<MongoViewStoreOptions['onDifference']>;

  constructor({ onDifference = () => undefined, ...options }: MongoViewStoreOptions) {
    this.#connection = openMongo(options);
    this.#db = this.#connection.db;
    this.#records = new ViewRecords(this.#db);
    this.#onDifference = onDifference;
  }

  /** @throws ViewsUnavailable besides what the port says */
  apply(
    view: View,
    partition: number,
    events: readonly AppliedEvent[],
    upTo: Position,
    from?: Position,
  ): Promise<void> {
    const documentsOf = (live: Live) => this.#documents(view, live);
    return whileThere(async () => {
      for (let attempt = 0; attempt < tries; attempt++) {
        const batch = new LiveBatch(this.#records, documentsOf, { view, partition, events, upTo, from });
        if (await batch.apply()) return;
      }
      throw new ViewsUnavailable(`too many other writers of the documents of ${view.name}`);
    });
  }

  async live(view: View): Promise<LiveView | undefined> {
    const live = await whileThere(async () => liveOf(await this.#records.read(view)));
    if (live === undefined) return undefined;
    return { version: live.version, checkpoints: checkpointsOf(live) };
  }

  count(view: View): Promise<number> {
    return whileThere(async () => {
      const live = liveOf(await this.#records.read(view));
      if (live === undefined) return 0;
      const counts = live.collections.map((collection) => this.#documents(view, live).count(collection));
      return (await Promise.all(counts)).reduce((sum, one) => sum + one, 0);
    });
  }

  async get(view: View, collection: string, id: string): Promise<ViewDocument | undefined> {
    return this.#reading(view, collection, (documents) => documents.get(collection, id));
  }

  async find(view: View, collection: string, query: Query): Promise<readonly ViewDocument[]> {
    return this.#reading(view, collection, (documents) => documents.find(collection, query));
  }

  rebuild(view: View, token = 0): Promise<Rebuild> {
    return whileThere(async () => {
      const id = await this.#records.begin(view, token);
      const documents = this.#documents(view, { version: view.version, id });
      await documents.createIndexes();
      return new MongoRebuild(this.#records, documents, view, id, () => this.#drop(view, [id]));
    });
  }

  /** @throws OtherGeneration when none of this version is live; ViewsUnavailable also when it is made anew meanwhile */
  async copyOf(view: View): Promise<ViewCopy> {
    const live = await whileThere(async () => liveOf(await this.#records.read(view)));
    if (live?.version !== view.version) throw new OtherGeneration(view);
    return { checkpoints: checkpointsOf(live), documents: this.#copied(view, live) };
  }

  async *#copied(view: View, live: Live): ViewCopy['documents'] {
    const documents = this.#documents(view, live);
    for (const collection of live.collections) {
      for await (const stored of documents.all(collection)) {
        yield { collection, id: stored._id, document: bufferedOf(stored) };
      }
    }
    if ((await this.#records.read(view))?.live !== live.id) {
      throw new ViewsUnavailable(`the view ${view.name} was rebuilt meanwhile`);
    }
  }

  /** Sees to the live generation's indexes as well: the leader of a view does this at its start. */
  dropUnfinished(view: View, before: number): Promise<void> {
    return whileThere(async () => {
      await this.#drop(view, await this.#records.unfinishedBefore(view, before));
      const live = liveOf(await this.#records.read(view));
      if (live?.version !== view.version) return;
      const differences = await this.#documents(view, live).repairIndexes();
      if (differences.length > 0) this.#onDifference(view, differences);
    });
  }

  /** With what late writers left in the live one. */
  dropRetired(view: View, olderThanMs: number): Promise<void> {
    return whileThere(async () => {
      const retired = await this.#records.retiredFor(view, olderThanMs);
      if (retired.length > 0) await this.#drop(view, retired);
      const live = liveOf(await this.#records.read(view));
      if (live?.version === view.version) await this.#documents(view, live).sweep(live.checkpoints);
    });
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  #documents(view: View, { version, id }: Pick<Live, 'version' | 'id'>): GenerationDocuments {
    return new GenerationDocuments(this.#db, view, `${view.name}_v${version}_${id}__`);
  }

  /** Collections of a generation that isn't in the record any more are nobody's: also what a late writer made anew. */
  async #drop(view: View, ids: readonly string[]): Promise<void> {
    for (const id of ids) await this.#records.forget(view, id);
    const listed = await this.#db.listCollections({}, { nameOnly: true }).toArray();
    const record = await this.#records.read(view);
    for (const { name } of listed) {
      const id = generationIn(view, name);
      if (id !== undefined && record?.generations[id] === undefined) await this.#db.dropCollection(name);
    }
  }

  #reading<T>(view: View, collection: string, read: (documents: GenerationDocuments) => Promise<T>): Promise<T> {
    if (view.collections[collection] === undefined) throw new Error(`${view.name} has no ${collection}`);
    return whileThere(async () => {
      const live = liveOf(await this.#records.read(view));
      if (live?.collections.includes(collection) !== true) {
        throw new ViewsUnavailable(`the view ${view.name} is not ready yet`);
      }
      return read(this.#documents(view, live));
    });
  }
}

const checkpointsOf = ({ checkpoints }: Live): readonly Position[] => {
  const partitions = Math.max(-1, ...Object.keys(checkpoints).map(Number)) + 1;
  return Array.from({ length: partitions }, (_, index) => checkpoints[index] ?? beginning);
};

/** The generation of the view that a collection belongs to. */
const generationIn = ({ name }: View, collection: string): string | undefined =>
  collection.startsWith(`${name}_v`)
    ? /^\d+_(g[0-9a-f]{24})__/.exec(collection.slice(name.length + 2))?.[1]
    : undefined;
