import { type AnyBulkWriteOperation, type Collection, type Db, MongoBulkWriteError, MongoServerError } from 'mongodb';
import type { Position } from '../../../application/ports/event-store.js';
import type { Query, ViewDocument } from '../../../application/ports/views.js';
import type { Collection as Declared, View } from '../../../projections/projection.js';
import { duplicateKey } from '../../mongodb/mongo-errors.js';
import { filterOf, orderOf, sortOf } from './query-filter.js';
import { isShown, type StoredDocument } from './stored-document.js';

const collectionName = /^[A-Za-z][A-Za-z0-9-]{0,63}$/;

const indexName = (fields: readonly string[]): string => `by_${fields.join('_')}`;

/** Of documents that are hidden: there are few. */
const hiddenIndex = { key: { 'applied.hidden.as': 1 as const }, name: 'hidden', sparse: true };

const indexesOf = ({ indexes, deletes }: Declared) => [
  ...indexes.map((fields) => ({ key: orderOf(fields), name: indexName(fields) })),
  ...(deletes === true ? [hiddenIndex] : []),
];

export type Operation = AnyBulkWriteOperation<StoredDocument>;

/** How many operations change a document that is there. */
const changesIn = (operations: readonly Operation[]): number =>
  operations.filter((operation) => !('insertOne' in operation)).length;

/** The documents of one generation of a view, in collections of its own. */
export class GenerationDocuments {
  constructor(
    private readonly db: Db,
    private readonly view: View,
    private readonly prefix: string,
  ) {}

  /** While there are no documents, so that no index takes long. */
  async createIndexes(): Promise<void> {
    for (const [collection, declared] of Object.entries(this.view.collections)) {
      const indexes = indexesOf(declared);
      if (indexes.length > 0) await this.collection(collection).createIndexes(indexes);
    }
  }

  /** Creates indexes that are missing. @returns what differs from the view's declaration, in words */
  async repairIndexes(): Promise<readonly string[]> {
    const differences: string[] = [];
    for (const [collection, declared] of Object.entries(this.view.collections)) {
      const due = indexesOf(declared);
      const there = await this.#indexesIn(collection);
      const keys = [...there.values()];
      const missing = due.filter(({ name, key }) => !there.has(name) && !keys.includes(JSON.stringify(key)));
      for (const { name, key } of due) {
        const found = there.get(name);
        if (found !== undefined && found !== JSON.stringify(key))
          differences.push(`${collection}: ${name} is ${found}`);
      }
      for (const name of there.keys()) {
        if (!due.some((index) => index.name === name)) differences.push(`${collection}: ${name} is not the view's`);
      }
      if (missing.length === 0) continue;
      differences.push(...missing.map(({ name }) => `${collection}: ${name} was missing and is created`));
      await this.collection(collection).createIndexes(missing);
    }
    return differences;
  }

  /** Removes what is hidden and behind the checkpoints: it came too late, or its remover died. */
  async sweep(checkpoints: Readonly<Record<string, Position>>): Promise<void> {
    const past = Object.entries(checkpoints).map(([partition, position]) => ({
      [`applied.${partition}`]: { $lte: position },
    }));
    if (past.length === 0) return;
    for (const [collection, { deletes }] of Object.entries(this.view.collections)) {
      if (deletes !== true) continue;
      await this.collection(collection).deleteMany({ 'applied.hidden.as': { $in: ['new', 'deleted'] }, $or: past });
    }
  }

  async get(collection: string, id: string): Promise<ViewDocument | undefined> {
    const found = await this.collection(collection).findOne({ _id: id, ...isShown }, { projection: { applied: 0 } });
    return found ?? undefined;
  }

  async find(collection: string, query: Query): Promise<readonly ViewDocument[]> {
    const { limit, where } = query;
    if (!Number.isSafeInteger(limit) || limit < 1) throw new Error('a query has a limit from 1 up');
    return this.collection(collection)
      .find(filterOf(where), { projection: { applied: 0 }, sort: sortOf(query), limit, batchSize: limit })
      .toArray();
  }

  async count(collection: string): Promise<number> {
    return this.collection(collection).countDocuments(isShown);
  }

  /** What readers are given, with the positions applied; one that comes or goes meanwhile may be missed. */
  all(collection: string): AsyncIterable<StoredDocument> {
    return this.collection(collection).find(isShown, { sort: { _id: 1 } });
  }

  /** Hidden ones included. */
  load(collection: string, ids: readonly string[]): Promise<StoredDocument[]> {
    return this.collection(collection)
      .find({ _id: { $in: ids } }, { batchSize: ids.length })
      .toArray();
  }

  /** @returns whether all of them met what they expected; those that did have their effect all the same */
  async write(collection: string, operations: readonly Operation[]): Promise<boolean> {
    if (operations.length === 0) return true;
    try {
      const { matchedCount, deletedCount } = await this.collection(collection).bulkWrite(operations, {
        ordered: false,
      });
      return matchedCount + deletedCount === changesIn(operations);
    } catch (error) {
      if (isConflict(error)) return false;
      throw error;
    }
  }

  collection(name: string): Collection<StoredDocument> {
    if (!collectionName.test(name)) throw new Error(`a collection can't be named ${name}`);
    return this.db.collection<StoredDocument>(this.prefix + name);
  }

  async #indexesIn(collection: string): Promise<ReadonlyMap<string, string>> {
    try {
      const indexes = await this.collection(collection).indexes();
      return new Map(
        indexes.flatMap(({ name, key }) => (name === '_id_' ? [] : [[String(name), JSON.stringify(key)]])),
      );
    } catch (error) {
      // NamespaceNotFound: nothing was written in it so far.
      if (error instanceof MongoServerError && error.code === 26) return new Map();
      throw error;
    }
  }
}

/** Somebody else has made the document meanwhile, and nothing worse happened. */
const isConflict = (error: unknown): boolean => {
  if (!(error instanceof MongoBulkWriteError)) return false;
  const errors = [error.writeErrors].flat();
  return errors.length > 0 && errors.every(({ code }) => code === duplicateKey);
};
