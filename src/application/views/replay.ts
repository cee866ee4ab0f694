import { setImmediate as nextTurn } from 'node:timers/promises';
import { isTransient } from '../feed/parking-reader.js';
import { partitionOf } from '../partition.js';
import { beginning, type EventStore, type Position, type RecordedEvent } from '../ports/event-store.js';
import type { AppliedEvent, Rebuild } from '../ports/views.js';
import type { ViewBuilder } from './view-builder.js';

export interface ReplaySource {
  readonly store: Pick<EventStore, 'readAll'>;
  readonly partitions: number;
}

export interface ReplayOptions {
  /** The beginning when left out. */
  readonly from?: Position;
  /** Brings on this partition alone; all when left out. */
  readonly partition?: number;
  /** Before each page of events; what it throws ends the replay. */
  readonly onPage?: () => Promise<void>;
}

/** An event that couldn't be applied; its stream's followers were left out with it. */
export interface LeftOut {
  readonly event: Pick<RecordedEvent, 'id' | 'stream' | 'revision' | 'type'>;
  readonly reason: string;
}

const pageSize = 2_000;

/** Brings the events of the store into a generation, from its beginning or on from where it stopped. */
export class Replay {
  #position: Position;
  readonly #partitions: readonly number[];
  readonly #leftOut = new Map<string, LeftOut>();

  constructor(
    private readonly source: ReplaySource,
    private readonly builder: ViewBuilder,
    private readonly target: Pick<Rebuild, 'apply'>,
    private readonly options: ReplayOptions = {},
  ) {
    const { from = beginning, partition } = options;
    this.#position = from;
    this.#partitions =
      partition === undefined ? Array.from({ length: source.partitions }, (_, index) => index) : [partition];
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
    const filter = { types: this.builder.types };
    for (;;) {
      await this.options.onPage?.();
      const page = await this.source.store.readAll(this.#position, { filter, limit: pageSize });
      const isPast = until !== undefined && page.next >= until;
      const events = isPast ? page.events.filter(({ position }) => position <= until) : page.events;
      this.#position = isPast ? until : page.next;
      const isOver = isPast || page.isHead;
      await this.#apply(events, isOver);
      if (isOver) return;
      // A store that answers at once would let nobody else in this process have a turn.
      await nextTurn();
    }
  }

  /** At the end every partition's checkpoint moves, also of those without events. */
  async #apply(events: readonly RecordedEvent[], isOver: boolean): Promise<void> {
    const batches = new Map<number, RecordedEvent[]>(this.#partitions.map((partition) => [partition, []]));
    for (const event of events) {
      if (!this.#leftOut.has(event.stream)) batches.get(partitionOf(event.stream, this.source.partitions))?.push(event);
    }
    for (const [partition, batch] of batches) {
      if (batch.length === 0 && !isOver) continue;
      await this.target.apply(partition, await this.#project(batch), this.#position);
    }
  }

  /** One by one where not all of them can be projected: who can't is left out, and what follows it in its stream. */
  async #project(events: readonly RecordedEvent[]): Promise<readonly AppliedEvent[]> {
    try {
      return await this.builder.project(events);
    } catch (error) {
      if (isTransient(error)) throw error;
    }
    const applied: AppliedEvent[] = [];
    for (const event of events) {
      if (this.#leftOut.has(event.stream)) continue;
      try {
        applied.push(...(await this.builder.project([event])));
      } catch (error) {
        if (isTransient(error)) throw error;
        const { id, stream, revision, type } = event;
        const reason = error instanceof Error ? error.message : String(error);
        this.#leftOut.set(stream, { event: { id, stream, revision, type }, reason });
      }
    }
    return applied;
  }
}
