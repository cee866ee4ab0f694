import type { Projection } from '../../projections/projection.js';
import type { EventCatalogue } from '../event-catalogue.js';
import { beginning, type EventStore, type Position, type StoredEvent } from '../ports/event-store.js';
import type { AppliedEvent, Rebuild } from '../ports/views.js';
import { interpret, typesOf } from './interpret.js';

export interface ReplaySource {
  readonly store: Pick<EventStore, 'readAll'>;
  readonly catalogue: EventCatalogue;
  readonly partitions: number;
  readonly partitionOf: (stream: string, partitions: number) => number;
}

/** An event that couldn't be applied; its stream's followers were left out with it. */
export interface LeftOut {
  readonly event: Pick<StoredEvent, 'id' | 'stream' | 'revision' | 'type'>;
  readonly reason: string;
}

interface Waiting {
  readonly events: AppliedEvent[];
}

const batchSize = 10_000;
const pageSize = 2_000;

/** Brings the events of the store into a generation, from its beginning or on from where it stopped. */
export class Replay {
  #position: Position;
  readonly #leftOut = new Map<string, LeftOut>();
  readonly #batches = new Map<number, Waiting>();
  #waiting = 0;

  constructor(
    private readonly source: ReplaySource,
    private readonly projection: Projection,
    private readonly target: Pick<Rebuild, 'apply'>,
    from: Position = beginning,
  ) {
    this.#position = from;
  }

  get position(): Position {
    return this.#position;
  }

  /** First event that couldn't be applied of each stream that has one. */
  get leftOut(): readonly LeftOut[] {
    return [...this.#leftOut.values()];
  }

  /** Applies what the store has, to its head or up to and with `until`; a second call goes on from there. */
  async run(until?: Position): Promise<void> {
    for (;;) {
      const page = await this.source.store.readAll(this.#position, {
        filter: { types: typesOf(this.projection) },
        limit: pageSize,
      });
      for (const event of page.events) {
        if (until === undefined || event.position <= until) this.#take(event);
      }
      const isPast = until !== undefined && page.next >= until;
      this.#position = isPast ? until : page.next;
      const isOver = isPast || page.isHead;
      if (isOver || this.#waiting >= batchSize) await this.#flush(isOver);
      if (isOver) return;
    }
  }

  #take(event: StoredEvent): void {
    if (this.#leftOut.has(event.stream)) return;
    const partition = this.source.partitionOf(event.stream, this.source.partitions);
    try {
      const batch = this.#batches.get(partition) ?? { events: [] };
      batch.events.push(interpret(this.source.catalogue, this.projection, event));
      this.#batches.set(partition, batch);
      this.#waiting++;
    } catch (error) {
      const { id, stream, revision, type } = event;
      const reason = error instanceof Error ? error.message : String(error);
      this.#leftOut.set(stream, { event: { id, stream, revision, type }, reason });
    }
  }

  /** At the end every partition's checkpoint moves, also of those without events. */
  async #flush(isOver: boolean): Promise<void> {
    for (let partition = 0; partition < this.source.partitions; partition++) {
      const events = this.#batches.get(partition)?.events ?? [];
      if (events.length > 0 || isOver) await this.target.apply(partition, events, this.#position);
    }
    this.#batches.clear();
    this.#waiting = 0;
  }
}
