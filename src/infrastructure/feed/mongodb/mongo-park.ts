import type { Collection, Filter, WithId } from 'mongodb';
import { Unavailable } from '../../../application/feed/parking-reader.js';
import type { Position } from '../../../application/ports/event-store.js';
import type { Park, ParkedEvent, ParkedKey, SkippedEvent } from '../../../application/ports/park.js';
import { type MongoConnection, type MongoOptions, openMongo } from '../../mongodb/mongo-client.js';
import { isDuplicateKey, naming } from '../../mongodb/mongo-errors.js';
import { onceDone } from '../../mongodb/once-done.js';

interface ParkedDocument extends Omit<ParkedEvent, 'position' | 'revision'> {
  readonly _id: string;
  readonly position: string;
  /** A 64-bit integer in the store; a number as it is read. */
  readonly revision: bigint;
  /** It was set aside for what is before it in its stream only. */
  readonly isFollower: boolean;
}

type SkippedDocument = ParkedDocument & Pick<SkippedEvent, 'skippedBecause' | 'skippedAt'>;

const idOf = ({ group, stream, revision }: ParkedKey): string => JSON.stringify([group, stream, String(revision)]);

const documentOf = (event: ParkedEvent, isFollower: boolean): ParkedDocument => ({
  _id: idOf(event),
  ...event,
  isFollower,
});

const parkedOf = (document: WithId<ParkedDocument>): ParkedEvent => {
  const { group, stream, revision, position, partition, reason, since } = document;
  return { group, stream, revision: BigInt(revision), position: position as Position, partition, reason, since };
};

const skippedOf = (document: WithId<SkippedDocument>): SkippedEvent => {
  const { skippedBecause, skippedAt } = document;
  return { ...parkedOf(document), skippedBecause, skippedAt };
};

const ofGroup = (group: string | undefined) => (group === undefined ? {} : { group });
const inOrder = { position: 1, group: 1 } as const;

const whileThere = naming(Unavailable, 'the park cannot be reached');

/** @returns whether it is new */
const insert = async <Document extends ParkedDocument>(
  into: Collection<Document>,
  document: Document,
): Promise<boolean> => {
  try {
    await into.insertOne(document as Parameters<typeof into.insertOne>[0]);
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
};

/** The park in the collections `parked` and `skipped`; each of its methods throws Unavailable. */
export class MongoPark implements Park {
  readonly #connection: MongoConnection;
  readonly #parked: Collection<ParkedDocument>;
  readonly #skipped: Collection<SkippedDocument>;
  readonly #indexed: () => Promise<unknown>;

  constructor(options: MongoOptions) {
    this.#connection = openMongo(options);
    const { db } = this.#connection;
    this.#parked = db.collection('parked');
    this.#skipped = db.collection('skipped');
    this.#indexed = onceDone(() =>
      this.#parked.createIndexes([
        { key: { group: 1, stream: 1, revision: 1 }, name: 'in-stream' },
        { key: { position: 1, group: 1 }, name: 'in-feed' },
      ]),
    );
  }

  streams(group: string): Promise<ReadonlySet<string>> {
    return whileThere(async () => {
      const streams = this.#parked.aggregate<{ _id: string }>([{ $match: { group } }, { $group: { _id: '$stream' } }]);
      return new Set((await streams.toArray()).map(({ _id }) => _id));
    });
  }

  park(event: ParkedEvent): Promise<void> {
    return whileThere(async () => {
      await this.#indexed();
      await insert(this.#parked, documentOf(event, false));
    });
  }

  /**
   * It is parked first, and then looked whether anything is before it: a retry that takes the last one before it sees it
   * either there, or finds it gone and the event taken by its reader. Both may take it: the effect of an event is its own.
   */
  follow(event: ParkedEvent): Promise<boolean> {
    return whileThere(async () => {
      const { group, stream, revision } = event;
      if ((await this.#parked.findOne({ group, stream })) === null) return false;
      await this.#indexed();
      await insert(this.#parked, documentOf(event, true));
      const before = await this.#parked.findOne({ group, stream, revision: { $lt: revision } });
      if (before !== null) return true;
      const { deletedCount } = await this.#parked.deleteOne({ _id: idOf(event), isFollower: true });
      return deletedCount === 0;
    });
  }

  first(group: string, stream: string): Promise<ParkedEvent | undefined> {
    return whileThere(async () => {
      const found = await this.#parked.findOne({ group, stream }, { sort: { revision: 1 } });
      return found === null ? undefined : parkedOf(found);
    });
  }

  list(group?: string): Promise<readonly ParkedEvent[]> {
    return whileThere(async () => (await this.#parked.find(ofGroup(group), { sort: inOrder }).toArray()).map(parkedOf));
  }

  release(key: ParkedKey): Promise<void> {
    return whileThere(async () => {
      await this.#parked.deleteOne({ _id: idOf(key) });
    });
  }

  failedAgain(key: ParkedKey, reason: string): Promise<void> {
    return whileThere(async () => {
      await this.#parked.updateOne({ _id: idOf(key) }, { $set: { reason, isFollower: false } });
    });
  }

  /** Kept before it is taken out: who dies between leaves it to be skipped again. */
  skip(key: ParkedKey, because: string, at: number): Promise<void> {
    return whileThere(async () => {
      const found = await this.#parked.findOne({ _id: idOf(key) });
      if (found === null) return;
      await insert(this.#skipped, { ...found, skippedBecause: because, skippedAt: at });
      await this.#parked.deleteOne({ _id: idOf(key) });
    });
  }

  skipped(group?: string): Promise<readonly SkippedEvent[]> {
    const wanted: Filter<SkippedDocument> = ofGroup(group);
    return whileThere(async () => (await this.#skipped.find(wanted, { sort: inOrder }).toArray()).map(skippedOf));
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}
