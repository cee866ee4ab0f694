import type { Collection } from 'mongodb';
import type { Clock } from '../../../application/ports/clock.js';
import type { Position } from '../../../application/ports/event-store.js';
import type { Snapshot, Snapshots } from '../../../application/ports/snapshots.js';
import { type MongoConnection, type MongoOptions, openMongo } from '../../mongodb/mongo-client.js';
import { OptionalCalls } from '../../mongodb/optional-calls.js';
import { upserted } from '../../mongodb/upserted.js';

export interface MongoSnapshotsOptions extends MongoOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** Names the code that writes and reads the states, which is this release's. */
  readonly shape: string;
  /** Is told each time that the server is found away. */
  readonly onAway?: (error: unknown) => void;
}

interface StateDocument extends Omit<Snapshot, 'position' | 'revision'> {
  readonly _id: string;
  readonly shape: string;
  readonly position: string;
  readonly revision: bigint;
}

interface ShapeDocument {
  readonly _id: string;
  /** Days since the epoch. */
  readonly lastUsedDay: number;
}

const dayMs = 86_400_000;
/** Days for which the snapshots of a release stay that doesn't run, in case that it comes back. */
const unusedDays = 7;
/** Releases besides the one that runs. */
const otherShapes = 2;

/** A cache may lose what a failing primary has acknowledged alone. */
const quick = { writeConcern: { w: 1 } };

/**
 * Snapshots in the collections `snapshots` and `snapshot-shapes`, shared by all processes of a release. While the server is
 * away there are none.
 */
export class MongoSnapshots implements Snapshots {
  readonly #connection: MongoConnection;
  readonly #states: Collection<StateDocument>;
  readonly #shapes: Collection<ShapeDocument>;
  readonly #calls: OptionalCalls;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #shape: string;
  /** On which the last use was written down. */
  #usedDay = Number.NaN;

  constructor({ clock, shape, onAway = () => undefined, deadlineMs = 1_000, ...options }: MongoSnapshotsOptions) {
    this.#connection = openMongo({ ...options, deadlineMs });
    this.#states = this.#connection.db.collection('snapshots', quick);
    this.#shapes = this.#connection.db.collection('snapshot-shapes', quick);
    this.#calls = new OptionalCalls(onAway);
    this.#clock = clock;
    this.#shape = shape;
  }

  find(stream: string): Promise<Snapshot | undefined> {
    return this.#calls.run<Snapshot | undefined>(async () => {
      await this.#noteUse();
      const found = await this.#states.findOne({ _id: this.#idOf(stream) });
      if (found === null) return undefined;
      const { revision, position, eventId, state, commands } = found;
      return { revision: BigInt(revision), position: position as Position, eventId, state, commands };
    }, undefined);
  }

  save(stream: string, { revision, position, eventId, state, commands }: Snapshot): Promise<void> {
    return this.#calls.run(async () => {
      await this.#noteUse();
      const document = { shape: this.#shape, revision, position, eventId, state, commands };
      await upserted(() => this.#states.replaceOne({ _id: this.#idOf(stream) }, document, { upsert: true }));
    }, undefined);
  }

  delete(stream: string): Promise<void> {
    return this.#calls.run(async () => {
      await this.#states.deleteOne({ _id: this.#idOf(stream) });
    }, undefined);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  #idOf(stream: string): string {
    return JSON.stringify([this.#shape, stream]);
  }

  /** Once a day, so that reading doesn't write; releases that are no longer used go then. */
  async #noteUse(): Promise<void> {
    const today = Math.floor(this.#clock.now() / dayMs);
    if (this.#usedDay === today) return;
    this.#usedDay = today;
    const used = { $max: { lastUsedDay: today } };
    await upserted(() => this.#shapes.updateOne({ _id: this.#shape }, used, { upsert: true }));
    const others = await this.#shapes.find({ _id: { $ne: this.#shape } }, { sort: { lastUsedDay: -1 } }).toArray();
    const unused = others.filter(({ lastUsedDay }, index) => index >= otherShapes || lastUsedDay < today - unusedDays);
    if (unused.length === 0) return;
    await this.#states.createIndexes([{ key: { shape: 1 }, name: 'of-shape' }]);
    for (const { _id } of unused) {
      await this.#states.deleteMany({ shape: _id });
      await this.#shapes.deleteOne({ _id });
    }
  }
}
