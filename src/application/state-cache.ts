import { LRUCache } from 'lru-cache';
import type { EventCatalogue } from './event-catalogue.js';
import type { EventMetadata, EventStore, RecordedEvent } from './ports/event-store.js';
import type { SnapshotPolicy } from './snapshot-policy.js';
import { type AnyDecider, emptyState, type StreamState, sizeBytes } from './stream-state.js';

export interface CacheLimits {
  /** Bytes of memory, about, for the states of idle streams. */
  readonly cachedBytes: number;
  /** Ids of commands that a stream remembers. */
  readonly rememberedCommands: number;
}

interface Idle {
  readonly decider: AnyDecider;
  readonly loaded: StreamState;
}

/**
 * Stands for a state that is worked on. A key that is deleted and set again and again, as that of a busy stream would be,
 * makes a large Map slow: it keeps a trace of each deletion until it is full.
 */
const checkedOut = 'checked out';

const pageSize = 1_000;
/** Idle streams that wait for a snapshot; more do without. */
const unsavedStreams = 10_000;

/** The states of streams: idle ones are kept in memory within bounds, others are made of the last snapshot and events. */
export class StateCache {
  readonly #idle: LRUCache<string, Idle | typeof checkedOut>;
  readonly #unsaved = new Set<string>();

  constructor(
    private readonly store: Pick<EventStore, 'read'>,
    private readonly catalogue: EventCatalogue,
    private readonly limits: CacheLimits,
    private readonly snapshots?: SnapshotPolicy,
  ) {
    this.#idle = new LRUCache({
      maxSize: limits.cachedBytes,
      sizeCalculation: (state) => (state === checkedOut ? 1 : sizeBytes(state.loaded)),
    });
  }

  /** Bytes of memory, about, that the states of idle streams take. */
  get cachedBytes(): number {
    return this.#idle.calculatedSize;
  }

  /** Hands a state over to whoever works on the stream, if it is in memory. */
  checkOut(stream: string): StreamState | undefined {
    const idle = this.#idle.get(stream);
    if (idle === undefined || idle === checkedOut) return undefined;
    this.#idle.set(stream, checkedOut);
    return idle.loaded;
  }

  /** Takes a state back from whoever worked on the stream. */
  checkIn(decider: AnyDecider, stream: string, loaded: StreamState): void {
    this.#idle.set(stream, { decider, loaded });
    if (this.snapshots?.isDue('idle', decider, loaded) && this.#unsaved.size < unsavedStreams) {
      this.#unsaved.add(stream);
    }
  }

  /** The state of a stream that isn't there. */
  empty(decider: AnyDecider): StreamState {
    return emptyState(decider, this.limits.rememberedCommands);
  }

  async load(decider: AnyDecider, stream: string): Promise<StreamState> {
    const { rememberedCommands } = this.limits;
    const saved = await this.snapshots?.load(decider, stream, this.store, { pageSize, rememberedCommands });
    const loaded = saved?.loaded ?? this.empty(decider);
    for (const stored of saved?.rest ?? []) this.#apply(decider, loaded, stored);
    if (saved === undefined || saved.rest.length === pageSize - 1) await this.catchUp(decider, stream, loaded);
    return loaded;
  }

  /** Takes what the stream has beyond the state; tells whether there was anything. */
  async catchUp(decider: AnyDecider, stream: string, loaded: StreamState): Promise<boolean> {
    const before = loaded.revision;
    for (;;) {
      const page = await this.store.read(stream, { from: loaded.revision + 1n, limit: pageSize });
      for (const stored of page) this.#apply(decider, loaded, stored);
      if (page.length < pageSize) return loaded.revision > before;
    }
  }

  /** Whether the state of a busy stream has to be saved before its next commands. */
  isDue(decider: AnyDecider, loaded: StreamState): boolean {
    return this.snapshots?.isDue('busy', decider, loaded) === true;
  }

  /** Nobody may work on the stream meanwhile; what goes wrong costs time only, and is told elsewhere. */
  save(decider: AnyDecider, stream: string, loaded: StreamState): void {
    void this.snapshots?.save(decider, stream, loaded);
  }

  /** Saves one of the streams that fell idle with enough that is new; tells whether there are more. */
  saveNext(): boolean {
    const [stream] = this.#unsaved;
    if (stream === undefined) return false;
    this.#unsaved.delete(stream);
    // One that is worked on comes back when it is checked in.
    const idle = this.#idle.peek(stream);
    if (idle !== undefined && idle !== checkedOut) this.save(idle.decider, stream, idle.loaded);
    return this.#unsaved.size > 0;
  }

  #apply(decider: AnyDecider, loaded: StreamState, stored: RecordedEvent): void {
    loaded.state = decider.evolve(loaded.state, this.catalogue.decode(stored));
    loaded.revision = stored.revision;
    loaded.position = stored.position;
    loaded.eventId = stored.id;
    loaded.newLength += stored.data.length;
    const { causationId, fingerprint } = JSON.parse(stored.metadata) as EventMetadata;
    loaded.commands.add(causationId, fingerprint);
  }
}
