import { LRUCache } from 'lru-cache';
import type { EventCatalogue } from './event-catalogue.js';
import type { EventMetadata, EventStore, StoredEvent } from './ports/event-store.js';
import type { SnapshotKeeping } from './snapshot-keeping.js';
import { type AnyDecider, emptyState, type StreamState, sizeBytes } from './stream-state.js';

export interface StateLimits {
  /** Bytes of memory, about, for the states of streams at rest. */
  readonly cachedBytes: number;
  /** Ids of commands that a stream remembers. */
  readonly rememberedCommands: number;
}

interface Resting {
  readonly decider: AnyDecider;
  readonly loaded: StreamState;
}

/**
 * Stands for a state that is worked on. A key that is deleted and set again and again, as that of a busy stream would be,
 * makes a large Map slow: it keeps a trace of each deletion until it is full.
 */
const takenOut = 'taken out';

const pageSize = 1_000;
/** Streams at rest that wait for a snapshot; more do without. */
const unsavedStreams = 10_000;

/** The states of streams: those at rest are kept in memory within bounds, others made of the last snapshot and events. */
export class StreamStates {
  readonly #resting: LRUCache<string, Resting | typeof takenOut>;
  readonly #unsaved = new Set<string>();

  constructor(
    private readonly store: Pick<EventStore, 'read'>,
    private readonly catalogue: EventCatalogue,
    private readonly limits: StateLimits,
    private readonly snapshots?: SnapshotKeeping,
  ) {
    this.#resting = new LRUCache({
      maxSize: limits.cachedBytes,
      sizeCalculation: (resting) => (resting === takenOut ? 1 : sizeBytes(resting.loaded)),
    });
  }

  /** Bytes of memory, about, that the states at rest take. */
  get restingBytes(): number {
    return this.#resting.calculatedSize;
  }

  /** Hands a state over to whoever works on the stream, if it is in memory. */
  take(stream: string): StreamState | undefined {
    const resting = this.#resting.get(stream);
    if (resting === undefined || resting === takenOut) return undefined;
    this.#resting.set(stream, takenOut);
    return resting.loaded;
  }

  /** Takes a state back from whoever worked on the stream. */
  rest(decider: AnyDecider, stream: string, loaded: StreamState): void {
    this.#resting.set(stream, { decider, loaded });
    if (this.snapshots?.isDue('resting', decider, loaded) && this.#unsaved.size < unsavedStreams) {
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
    for (const stored of saved?.rest ?? []) this.#take(decider, loaded, stored);
    if (saved === undefined || saved.rest.length === pageSize - 1) await this.catchUp(decider, stream, loaded);
    return loaded;
  }

  /** Takes what the stream has beyond the state; tells whether there was anything. */
  async catchUp(decider: AnyDecider, stream: string, loaded: StreamState): Promise<boolean> {
    const before = loaded.revision;
    for (;;) {
      const page = await this.store.read(stream, { from: loaded.revision + 1n, limit: pageSize });
      for (const stored of page) this.#take(decider, loaded, stored);
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

  /** Saves one of the streams that came to rest with enough that is new; tells whether there are more. */
  saveNext(): boolean {
    const [stream] = this.#unsaved;
    if (stream === undefined) return false;
    this.#unsaved.delete(stream);
    // One that is worked on comes back when it rests.
    const resting = this.#resting.peek(stream);
    if (resting !== undefined && resting !== takenOut) this.save(resting.decider, stream, resting.loaded);
    return this.#unsaved.size > 0;
  }

  #take(decider: AnyDecider, loaded: StreamState, stored: StoredEvent): void {
    loaded.state = decider.evolve(loaded.state, this.catalogue.decode(stored));
    loaded.revision = stored.revision;
    loaded.position = stored.position;
    loaded.eventId = stored.id;
    loaded.newLength += stored.data.length;
    const { causationId } = JSON.parse(stored.metadata) as EventMetadata;
    loaded.commands.add(causationId);
  }
}
