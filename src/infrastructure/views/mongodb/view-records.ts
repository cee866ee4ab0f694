import { type Collection, type Db, ObjectId } from 'mongodb';
import type { Position } from '../../../application/ports/event-store.js';
import type { View } from '../../../projections/projection.js';
import { upserted } from '../../mongodb/upserted.js';

export interface GenerationRecord {
  readonly version: number;
  /** Of the lease that it is made under. */
  readonly token: number;
  readonly collections: readonly string[];
  /** By partition. */
  readonly checkpoints: Readonly<Record<string, Position>>;
  /** By the server's clock, when another took its place. */
  readonly retiredAt?: Date;
}

/** All there is to know of a view besides its documents, in one document: so each step from one state to the next is whole. */
export interface ViewRecord {
  /** The view's name. */
  readonly _id: string;
  /** The generation that readers are given. */
  readonly live: string | null;
  /** The highest that any generation was begun under. */
  readonly token: number;
  readonly generations: Readonly<Record<string, GenerationRecord>>;
  /** When somebody last asked for the server's time. */
  readonly askedAt?: Date;
}

export type Live = GenerationRecord & { readonly id: string };

export const liveOf = (record: ViewRecord | null): Live | undefined => {
  const id = record?.live ?? undefined;
  const generation = id === undefined ? undefined : record?.generations[id];
  return id === undefined || generation === undefined ? undefined : { ...generation, id };
};

/** Generations that are neither live nor were. */
const unfinishedOf = ({ generations, live }: ViewRecord): readonly (readonly [string, GenerationRecord])[] =>
  Object.entries(generations).filter(([id, { retiredAt }]) => id !== live && retiredAt === undefined);

/** The records of a database's views, in its collection `views`. */
export class ViewRecords {
  readonly #records: Collection<ViewRecord>;

  constructor(db: Db) {
    this.#records = db.collection<ViewRecord>('views');
  }

  read({ name }: Pick<View, 'name'>): Promise<ViewRecord | null> {
    return this.#records.findOne({ _id: name });
  }

  /** Begins a generation that readers don't see. @returns its id, which no other ever has */
  async begin({ name, version, collections }: View, token: number): Promise<string> {
    const id = `g${new ObjectId().toHexString()}`;
    const generation: GenerationRecord = { version, token, collections: Object.keys(collections), checkpoints: {} };
    await upserted(() =>
      this.#records.updateOne(
        { _id: name },
        { $set: { [`generations.${id}`]: generation }, $max: { token }, $setOnInsert: { live: null } },
        { upsert: true },
      ),
    );
    return id;
  }

  /** @returns whether the generation is live still; its checkpoint never moves backwards */
  async moveCheckpoint({ name }: View, id: string, partition: number, upTo: Position): Promise<boolean> {
    const { matchedCount } = await this.#records.updateOne(
      { _id: name, live: id },
      { $max: { [`generations.${id}.checkpoints.${partition}`]: upTo } },
    );
    return matchedCount === 1;
  }

  /**
   * Gives a generation to readers and retires the one that they had.
   * @returns whether it did; not where it is gone, or a later holder of the lease has begun another
   */
  async promote({ name }: View, id: string, checkpoints: Readonly<Record<string, Position>>): Promise<boolean> {
    for (;;) {
      const record = await this.#records.findOne({ _id: name });
      const own = record?.generations[id];
      if (record === null || own === undefined || own.retiredAt !== undefined || record.live === id) return false;
      const { live } = record;
      const { matchedCount } = await this.#records.updateOne(
        { _id: name, live, token: { $lte: own.token }, [`generations.${id}.token`]: own.token },
        {
          $set: { live: id, [`generations.${id}.checkpoints`]: checkpoints },
          ...(live !== null && { $currentDate: { [`generations.${live}.retiredAt`]: true } }),
        },
      );
      if (matchedCount === 1) return true;
      if (record.token > own.token) return false;
    }
  }

  /** @returns whether it was there and not live: its documents are nobody's now */
  async forget({ name }: View, id: string): Promise<boolean> {
    const { modifiedCount } = await this.#records.updateOne(
      { _id: name, live: { $ne: id } },
      { $unset: { [`generations.${id}`]: '' } },
    );
    return modifiedCount === 1;
  }

  async isUnfinished(view: View, id: string): Promise<boolean> {
    const record = await this.read(view);
    return record !== null && unfinishedOf(record).some(([unfinished]) => unfinished === id);
  }

  /** Those that were begun under a lease with a lower token. */
  async unfinishedBefore(view: View, token: number): Promise<readonly string[]> {
    const record = await this.read(view);
    return record === null ? [] : unfinishedOf(record).flatMap(([id, own]) => (own.token < token ? [id] : []));
  }

  /** Those that were taken from readers so long ago by the server's clock, which is asked only where there are any. */
  async retiredFor(view: View, ms: number): Promise<readonly string[]> {
    const record = await this.read(view);
    if (Object.values(record?.generations ?? {}).every(({ retiredAt }) => retiredAt === undefined)) return [];
    const asked = await this.#records.findOneAndUpdate(
      { _id: view.name },
      { $currentDate: { askedAt: true } },
      { returnDocument: 'after' },
    );
    const latest = (asked?.askedAt?.getTime() ?? 0) - ms;
    return Object.entries(asked?.generations ?? {}).flatMap(([id, { retiredAt }]) =>
      retiredAt !== undefined && retiredAt.getTime() <= latest ? [id] : [],
    );
  }
}
