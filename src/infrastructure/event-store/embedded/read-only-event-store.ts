import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AllPage,
  type EventFilter,
  type EventStore,
  type Position,
  type ReadOptions,
  type RecordedEvent,
  StoreUnavailable,
} from '../../../application/ports/event-store.js';
import { appendsOf } from './appends.js';
import { type Backlog, EventReader } from './event-reader.js';
import { positionOf } from './position.js';
import { Subscriptions } from './subscriptions.js';
import { TailCache } from './tail-cache.js';

/** The events of a folder that another process may be writing to. */
export class ReadOnlyEventStore implements EventStore {
  readonly #reader: EventReader;
  /** Threads of the writer's process hear of appends at once; other processes ask again and again. */
  readonly #appended: ReturnType<typeof appendsOf>;
  readonly #subscriptions: Subscriptions;

  /** @throws Error naming the folder when it holds no events, EventStoreOfOtherBuild */
  constructor(private readonly folder: string) {
    const file = join(folder, 'events.db');
    if (!existsSync(file)) throw new Error(`${folder} holds no events yet`);
    this.#reader = new EventReader(file);
    const tail = new TailCache(this.#reader);
    this.#subscriptions = new Subscriptions(
      (position, filter) => tail.pageAfter(position, filter) ?? this.#reader.readAll(position, filter),
      () => tail.expire(),
    );
    this.#appended = appendsOf(file);
    this.#appended.onmessage = () => this.#subscriptions.appended();
  }

  /** @throws StoreUnavailable */
  append(): Promise<never> {
    return Promise.reject(
      new StoreUnavailable(`${this.folder} is in use by another process and only read here: nothing can be appended`),
    );
  }

  async read(stream: string, options?: ReadOptions): Promise<readonly RecordedEvent[]> {
    return this.#reader.read(stream, options);
  }

  async readAll(
    after: Position,
    options: { readonly filter?: EventFilter; readonly limit?: number } = {},
  ): Promise<AllPage> {
    return this.#reader.readAll(after, options.filter, options.limit);
  }

  subscribe(
    after: Position,
    { filter, signal }: { readonly filter?: EventFilter; readonly signal: AbortSignal },
  ): AsyncGenerator<AllPage, void, void> {
    return this.#subscriptions.subscribe(after, filter, signal);
  }

  async head(): Promise<Position> {
    return positionOf(this.#reader.head());
  }

  /** How much matches the filter behind a position. */
  async backlog(after: Position, filter?: EventFilter): Promise<Backlog> {
    return this.#reader.backlog(after, filter);
  }

  async close(): Promise<void> {
    this.#appended.close();
    this.#reader.close();
  }
}
