import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Projection } from '../../projections/projection.js';
import type { EventCatalogue } from '../event-catalogue.js';
import { beginning, type EventStore, type Position, type StoredEvent } from '../ports/event-store.js';
import type { AppliedEvent, Rebuild } from '../ports/views.js';
import { typesOf } from './interpret.js';

export interface ReplaySource {
  readonly store: Pick<EventStore, 'readAll'>;
  readonly catalogue: EventCatalogue;
  readonly partitions: number;
  readonly partitionOf: (stream: string, partitions: number) => number;
}

/** The changes that consecutive events make. @throws UnreadableEvent, or what a handler throws */
export type Project = (events: readonly StoredEvent[]) => readonly AppliedEvent[] | Promise<readonly AppliedEvent[]>;

/** An event that couldn't be applied; its stream's followers were left out with it. */
export interface LeftOut {
  readonly event: Pick<StoredEvent, 'id' | 'stream' | 'revision' | 'type'>;
  readonly reason: string;
}

const pageSize = 2_000;

/** Brings the events of the store into a generation, from its beginning or on from where it stopped. */
export class Replay {
  #position: Position;
  readonly #leftOut = new Map<string, LeftOut>();

  constructor(
    private readonly source: ReplaySource,
    private readonly projection: Projection,
    private readonly project: Project,
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
    const filter = { types: typesOf(this.projection) };
    for (;;) {
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
  async #apply(events: readonly StoredEvent[], isOver: boolean): Promise<void> {
    const batches = new Map<number, readonly AppliedEvent[]>();
    const { partitionOf, partitions } = this.source;
    for (const [partition, ofPartition] of Map.groupBy(events, ({ stream }) => partitionOf(stream, partitions))) {
      batches.set(partition, await this.#projected(ofPartition));
    }
    for (let partition = 0; partition < this.source.partitions; partition++) {
      const batch = batches.get(partition) ?? [];
      if (batch.length > 0 || isOver) await this.target.apply(partition, batch, this.#position);
    }
  }

  /** Without what can't be projected, and what follows it in its stream. */
  async #projected(events: readonly StoredEvent[]): Promise<readonly AppliedEvent[]> {
    const left = events.filter(({ stream }) => !this.#leftOut.has(stream));
    try {
      return await this.project(left);
    } catch {
      const applied: AppliedEvent[] = [];
      for (const event of left) applied.push(...(await this.#projectOne(event)));
      return applied;
    }
  }

  async #projectOne(event: StoredEvent): Promise<readonly AppliedEvent[]> {
    if (this.#leftOut.has(event.stream)) return [];
    try {
      return await this.project([event]);
    } catch (error) {
      const { id, stream, revision, type } = event;
      const reason = error instanceof Error ? error.message : String(error);
      this.#leftOut.set(stream, { event: { id, stream, revision, type }, reason });
      return [];
    }
  }
}
