import { beginning, type Position } from '../../../application/ports/event-store.js';
import {
  type AppliedEvent,
  OtherGeneration,
  type Query,
  type Rebuild,
  type ViewDocument,
} from '../../../application/ports/views.js';
import type { View } from '../../../projections/projection.js';
import { WriteBuffer, type WriteDocument } from '../write-buffer.js';
import type { Connection } from './connection.js';
import { Generation } from './generation.js';
import { dropGeneration, isUnfinished, promoteGeneration } from './generations.js';
import type { ViewsFile } from './views-file.js';

/** About how many bytes are taken into documents in memory before they are written. */
const weightLimit = 8 * 2 ** 20;
const pageSize = 500;

/**
 * A generation in the making. Nobody reads it and a crash throws it away, so its documents stay in memory, up to a bound,
 * from one batch to the next, and its indexes are made at the end.
 */
export class EmbeddedRebuild implements Rebuild {
  readonly #documents: WriteBuffer;
  readonly #checkpoints = new Map<number, Position>();
  #hasWritten = false;
  #isBroken = false;

  constructor(
    private readonly file: ViewsFile,
    private readonly view: View,
    private readonly id: number,
  ) {
    this.#documents = new WriteBuffer(view);
  }

  /** After an error nothing more can be done with it than to discard it. */
  async apply(partition: number, events: readonly AppliedEvent[], upTo: Position): Promise<void> {
    if (this.#isBroken) throw new OtherGeneration(this.view);
    const checkpoint = this.#checkpoints.get(partition) ?? beginning;
    try {
      this.#take(
        partition,
        events.filter(({ position }) => position > checkpoint),
      );
    } catch (error) {
      this.#isBroken = true;
      throw error;
    }
    if (upTo > checkpoint) this.#checkpoints.set(partition, upTo);
    if (this.#documents.weight >= weightLimit) this.#write('resting');
  }

  async *documents(collection: string): AsyncGenerator<ViewDocument> {
    this.#write('all');
    for (let after: string | undefined; ; ) {
      const query: Query = { where: after === undefined ? {} : { _id: { $gt: after } }, limit: pageSize };
      const page = this.file.read((connection) => this.#generation(connection).find(collection, query));
      yield* page;
      if (page.length < pageSize) return;
      after = page.at(-1)?._id;
    }
  }

  async promote(): Promise<void> {
    if (this.#isBroken) throw new OtherGeneration(this.view);
    this.#write('all');
    this.file.write((connection) => {
      const generation = this.#generation(connection);
      generation.createIndexes(this.view.collections);
      for (const [partition, position] of this.#checkpoints) generation.moveCheckpoint(partition, position);
      if (!promoteGeneration(connection, this.view, this.id)) throw new OtherGeneration(this.view);
    });
  }

  async discard(): Promise<void> {
    this.#isBroken = true;
    this.file.write((connection) => {
      if (isUnfinished(connection, this.id)) dropGeneration(connection, this.id);
    });
  }

  #take(partition: number, events: readonly AppliedEvent[]): void {
    if (!this.#hasWritten) {
      this.#documents.apply(partition, events, () => undefined);
      return;
    }
    this.file.read((connection) => {
      const written = this.#generation(connection);
      this.#documents.apply(partition, events, (collection, id) => written.load(collection, id));
    });
  }

  #write(which: 'resting' | 'all'): void {
    this.file.write((connection) => {
      const generation = this.#generation(connection);
      const write: WriteDocument = (collection, id, document) => generation.write(collection, id, document);
      if (which === 'all') this.#documents.flushAll(write);
      else this.#documents.flush(write);
    });
    this.#hasWritten = true;
  }

  /** @throws OtherGeneration when it was thrown away */
  #generation(connection: Connection): Generation {
    if (!isUnfinished(connection, this.id)) throw new OtherGeneration(this.view);
    return new Generation(connection, this.id);
  }
}
