import { LRUCache } from 'lru-cache';
import type { DomainEvent, EventTypes } from '../../domain/event.js';
import type { Change, Projection } from '../../projections/projection.js';
import type { EventCatalogue } from '../event-catalogue.js';
import type { EventStore, StoredEvent } from '../ports/event-store.js';
import { type AppliedEvent, type ViewStore, ViewsUnavailable } from '../ports/views.js';

/** A process manager of whatever kind, as far as its times go. */
export interface TimedProcess {
  readonly name: string;
  readonly version: number;
  readonly decider: { readonly category: string; readonly events: EventTypes };
  readonly timer: {
    initialState(): unknown;
    /** Meets events of the process's own streams only. */
    evolve(times: unknown, event: DomainEvent): unknown;
    dueAt(times: unknown): number | null | undefined;
  };
}

/** When a process is due, by its id, with the times that this follows from. */
export interface DueTimeDocument {
  /** Milliseconds since the epoch; null while it waits for an event. */
  readonly dueAt: number | null;
  readonly times: unknown;
  /** Of the event that they stand at. */
  readonly revision: string;
}

const projections = new WeakMap<object, Projection>();

/** The index of due times of a process manager: its changes follow from {@link DueTimes}. */
export const dueTimesOf = ({ name, version, decider, timer }: TimedProcess): Projection => {
  const known = projections.get(timer);
  if (known !== undefined) return known;
  const projection: Projection = {
    name: `due-${name}`,
    version,
    collections: { due: { indexes: [['dueAt']] } },
    handlers: Object.fromEntries(Object.keys(decider.events).map((type) => [type, () => []])),
  };
  projections.set(timer, projection);
  return projection;
};

interface Followed {
  readonly revision: bigint;
  readonly times: unknown;
}

const followedStreams = 20_000;
const pageSize = 1_000;

/**
 * Follows the times of each stream: exactly as far as the events that it is given, so that an index made anew is the same.
 * What isn't in memory is taken from the index, or folded from the stream.
 */
export class DueTimes {
  readonly #followed = new LRUCache<string, Followed>({ max: followedStreams });

  constructor(
    private readonly process: TimedProcess,
    private readonly store: Pick<EventStore, 'read'>,
    private readonly views: Pick<ViewStore, 'get'>,
    private readonly catalogue: EventCatalogue,
  ) {}

  /** The changes of the index that consecutive events make. @throws UnreadableEvent */
  async project(events: readonly StoredEvent[]): Promise<readonly AppliedEvent[]> {
    const applied: AppliedEvent[] = [];
    for (const [stream, ofStream] of Map.groupBy(events, (event) => event.stream)) {
      const last = ofStream.at(-1);
      if (last === undefined) continue;
      const followed = await this.#follow(stream, ofStream);
      this.#followed.set(stream, followed);
      applied.push({ position: last.position, changes: [this.#change(stream, followed)] });
    }
    return applied;
  }

  #change(stream: string, { times, revision }: Followed): Change {
    const document = { collection: 'due', id: stream.slice(this.process.decider.category.length + 1) };
    const dueAt = this.process.timer.dueAt(times);
    if (dueAt === undefined) return { ...document, $set: { dueAt: null, times, revision: revision.toString() } };
    return { ...document, $set: { dueAt, times, revision: revision.toString() } };
  }

  async #follow(stream: string, events: readonly StoredEvent[]): Promise<Followed> {
    const first = events[0]?.revision ?? 0n;
    let { times, revision } = await this.#before(stream, first);
    for (const event of events) {
      if (event.revision <= revision) continue;
      times = this.process.timer.evolve(times, this.catalogue.decode(event));
      revision = event.revision;
    }
    return { times, revision };
  }

  /** The times right before a revision, or later ones of this very process. */
  async #before(stream: string, revision: bigint): Promise<Followed> {
    const known = this.#followed.get(stream);
    if (known !== undefined && known.revision >= revision - 1n) return known;
    if (revision === 0n) return { times: this.process.timer.initialState(), revision: -1n };
    const indexed = await this.#indexed(stream);
    if (indexed?.revision === revision - 1n) return indexed;
    let times = this.process.timer.initialState();
    for (let from = 0n; from < revision; from += BigInt(pageSize)) {
      for (const event of await this.store.read(stream, { from, limit: pageSize })) {
        if (event.revision < revision) times = this.process.timer.evolve(times, this.catalogue.decode(event));
      }
    }
    return { times, revision: revision - 1n };
  }

  async #indexed(stream: string): Promise<Followed | undefined> {
    const id = stream.slice(this.process.decider.category.length + 1);
    try {
      const document = await this.views.get(dueTimesOf(this.process), 'due', id);
      if (document === undefined) return undefined;
      return { times: document.times, revision: BigInt(String(document.revision)) };
    } catch (error) {
      if (error instanceof ViewsUnavailable) return undefined;
      throw error;
    }
  }
}
