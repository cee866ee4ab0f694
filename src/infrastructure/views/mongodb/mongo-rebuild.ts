import { beginning, type Position } from '../../../application/ports/event-store.js';
import {
  type AppliedEvent,
  OtherGeneration,
  type Rebuild,
  type ViewDocument,
} from '../../../application/ports/views.js';
import type { View } from '../../../projections/projection.js';
import { type BufferedDocument, WriteBuffer } from '../write-buffer.js';
import type { GenerationDocuments, Operation } from './generation-documents.js';
import { bufferedOf } from './stored-document.js';
import type { ViewRecords } from './view-records.js';
import { whileThere } from './while-there.js';

/** About how many bytes are taken into documents in memory before they are written. */
const weightLimit = 8 * 2 ** 20;
const pageSize = 500;

type Loaded = ReadonlyMap<string, ReadonlyMap<string, BufferedDocument>>;

/**
 * A generation in the making. Nobody else writes to it and nobody reads it: its writes need no guard, and its documents stay
 * in memory, up to a bound, from one batch to the next.
 */
export class MongoRebuild implements Rebuild {
  readonly #buffer: WriteBuffer;
  readonly #checkpoints: Record<string, Position> = {};
  #hasWritten = false;
  #isBroken = false;

  constructor(
    private readonly records: ViewRecords,
    private readonly written: GenerationDocuments,
    private readonly view: View,
    private readonly id: string,
    /** Removes the generation. */
    private readonly remove: () => Promise<void>,
  ) {
    this.#buffer = new WriteBuffer(view);
  }

  /** After an error nothing more can be done with it than to discard it. */
  apply(partition: number, events: readonly AppliedEvent[], upTo: Position): Promise<void> {
    return this.#whole(async () => {
      const checkpoint = this.#checkpoints[partition] ?? beginning;
      const due = events.filter(({ position }) => position > checkpoint);
      const loaded = await this.#load(due);
      this.#buffer.apply(partition, due, (collection, id) => loaded.get(collection)?.get(id));
      if (upTo > checkpoint) this.#checkpoints[partition] = upTo;
      if (this.#buffer.weight >= weightLimit) await this.#write('resting');
    });
  }

  async *documents(collection: string): AsyncGenerator<ViewDocument> {
    await this.#whole(() => this.#write('all'));
    for (let after: string | undefined; ; ) {
      const where = after === undefined ? {} : { _id: { $gt: after } };
      const page = await whileThere(() => this.written.find(collection, { where, limit: pageSize }));
      yield* page;
      if (page.length < pageSize) return;
      after = page.at(-1)?._id;
    }
  }

  promote(): Promise<void> {
    return this.#whole(async () => {
      await this.#write('all');
      const isLive = await this.records.promote(this.view, this.id, this.#checkpoints);
      if (!isLive) throw new OtherGeneration(this.view);
    });
  }

  async discard(): Promise<void> {
    this.#isBroken = true;
    await whileThere(this.remove);
  }

  async #whole(work: () => Promise<void>): Promise<void> {
    if (this.#isBroken) throw new OtherGeneration(this.view);
    try {
      await whileThere(work);
    } catch (error) {
      this.#isBroken = true;
      throw error;
    }
  }

  /** What isn't in memory and may have been written. */
  async #load(events: readonly AppliedEvent[]): Promise<Loaded> {
    const missing = new Map<string, Set<string>>();
    for (const { collection, id } of this.#hasWritten ? events.flatMap(({ changes }) => changes) : []) {
      if (!this.#buffer.has(collection, id)) missing.set(collection, (missing.get(collection) ?? new Set()).add(id));
    }
    const loaded = [...missing].map(async ([collection, ids]) => {
      const found = await this.written.load(collection, [...ids]);
      return [collection, new Map(found.map((one) => [one._id, bufferedOf(one)]))] as const;
    });
    return new Map(await Promise.all(loaded));
  }

  async #write(which: 'resting' | 'all'): Promise<void> {
    if (!(await this.records.isUnfinished(this.view, this.id))) throw new OtherGeneration(this.view);
    const operations = new Map<string, Operation[]>();
    const write = (collection: string, id: string, document: BufferedDocument): void => {
      const ofCollection = operations.get(collection) ?? [];
      operations.set(collection, ofCollection);
      ofCollection.push(operationOf(id, document));
    };
    if (which === 'all') this.#buffer.flushAll(write);
    else this.#buffer.flush(write);
    for (const [collection, ofCollection] of operations) await this.written.write(collection, ofCollection);
    this.#hasWritten = true;
  }
}

const operationOf = (id: string, { isThere, fields, appliedPositions }: BufferedDocument): Operation =>
  isThere
    ? {
        replaceOne: { filter: { _id: id }, replacement: { ...fields, applied: { ...appliedPositions } }, upsert: true },
      }
    : { deleteOne: { filter: { _id: id } } };
