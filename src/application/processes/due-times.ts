import { LRUCache } from 'lru-cache';
import type { DomainEvent, EventTypes } from '../../domain/event.js';
import type { Change, View } from '../../projections/projection.js';
import type { EventCatalogue } from '../event-catalogue.js';
import type { EventStore, RecordedEvent } from '../ports/event-store.js';
import { type AppliedEvent, type ViewStore, ViewsUnavailable } from '../ports/views.js';
import type { ViewBuilder } from '../views/view-builder.js';

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
  /** Of the process manager that made them: another's can't be gone on with. */
  readonly version: number;
  /** Of the event that they stand at. */
  readonly revision: string;
}

/** The index of due times of a process manager. */
export const dueTimesOf = ({ name, version }: Pick<TimedProcess, 'name' | 'version'>): View => ({
  name: `due-${name}`,
  version,
  collections: { due: { indexes: [['dueAt']], deletes: true } },
});

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
export class DueTimes implements ViewBuilder {
  readonly view: View;
  readonly types: readonly string[];
  /** Most processes are over before their first due time is written. */
  readonly restMs = 250;
  readonly #followed = new LRUCache<string, Followed>({ max: followedStreams });

  constructor(
    private readonly process: TimedProcess,
    private readonly store: Pick<EventStore, 'read'>,
    private readonly views: Pick<ViewStore, 'get'>,
    private readonly catalogue: EventCatalogue,
  ) {
    this.view = dueTimesOf(process);
    this.types = Object.keys(process.decider.events);
  }

  /** The changes of the index that consecutive events make. @throws UnreadableEvent */
  async project(events: readonly RecordedEvent[]): Promise<readonly AppliedEvent[]> {
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
    const document = { collection: 'due', id: this.#idOf(stream) };
    const dueAt = this.process.timer.dueAt(times);
    if (dueAt === undefined) return { ...document, $delete: true };
    const due: DueTimeDocument = { dueAt, times, version: this.process.version, revision: revision.toString() };
    return { ...document, $set: { ...due } };
  }

  #idOf(stream: string): string {
    return stream.slice(this.process.decider.category.length + 1);
  }

  async #follow(stream: string, events: readonly RecordedEvent[]): Promise<Followed> {
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
    try {
      const document = await this.views.get(this.view, 'due', this.#idOf(stream));
      if (document?.version !== this.process.version) return undefined;
      return { times: document.times, revision: BigInt(String(document.revision)) };
    } catch (error) {
      if (error instanceof ViewsUnavailable) return undefined;
      throw error;
    }
  }
}
