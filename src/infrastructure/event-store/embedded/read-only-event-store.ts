import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AllPage,
  type EventFilter,
  type EventStore,
  type Position,
  type ReadOptions,
  type StoredEvent,
  StoreUnavailable,
} from '../../../application/ports/event-store.js';
import { appendsOf } from './appends.js';
import { type Backlog, EventReader } from './event-reader.js';
import { EventTail } from './event-tail.js';
import { positionOf } from './position.js';

const pollMs = 100;
/** For how long a reader may stand before events that it didn't ask for. */
const passOverMs = 15;

/** The events of a folder that another process may be writing to. */
export class ReadOnlyEventStore implements EventStore {
  readonly #reader: EventReader;
  readonly #tail: EventTail;
  /** Threads of the writer's process hear of appends at once; other processes ask again and again. */
  readonly #appended: ReturnType<typeof appendsOf>;
  readonly #wakers = new Set<() => void>();

  /** @throws Error naming the folder when it holds no events, EventStoreOfOtherBuild */
  constructor(private readonly folder: string) {
    const file = join(folder, 'events.db');
    if (!existsSync(file)) throw new Error(`${folder} holds no events yet`);
    this.#reader = new EventReader(file);
    this.#tail = new EventTail(this.#reader);
    this.#appended = appendsOf(file);
    this.#appended.onmessage = () => {
      this.#tail.expire();
      for (const wake of this.#wakers) wake();
    };
  }

  /** @throws StoreUnavailable */
  append(): Promise<never> {
    return Promise.reject(
      new StoreUnavailable(`${this.folder} is in use by another process and only read here: nothing can be appended`),
    );
  }

  async read(stream: string, options?: ReadOptions): Promise<readonly StoredEvent[]> {
    return this.#reader.read(stream, options);
  }

  async readAll(
    after: Position,
    options: { readonly filter?: EventFilter; readonly limit?: number } = {},
  ): Promise<AllPage> {
    return this.#reader.readAll(after, options.filter, options.limit);
  }

  async *subscribe(
    after: Position,
    { filter, signal }: { readonly filter?: EventFilter; readonly signal: AbortSignal },
  ): AsyncGenerator<AllPage, void, void> {
    for (let position = after; !signal.aborted; ) {
      const page = await this.#pageAfter(position, filter, signal);
      if (page.next !== position) yield page;
      position = page.next;
    }
  }

  /** Waits for events. Those that don't match are passed over together: the next may match, and costs no more then. */
  async #pageAfter(position: Position, filter: EventFilter | undefined, signal: AbortSignal): Promise<AllPage> {
    for (let passOverAt = Number.POSITIVE_INFINITY; ; ) {
      const page = this.#tail.pageAfter(position, filter) ?? this.#reader.readAll(position, filter);
      const now = performance.now();
      if (page.next !== position) passOverAt = Math.min(passOverAt, now + passOverMs);
      if (page.events.length > 0 || !page.isHead || now >= passOverAt || signal.aborted) return page;
      await this.#more(Math.min(pollMs, passOverAt - now), signal);
    }
  }

  /** Waits until the store may hold more, or for so long. */
  #more(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#wakers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#tail.expire();
        wake();
      }, ms);
      this.#wakers.add(wake);
      signal.addEventListener('abort', wake);
      if (signal.aborted) wake();
    });
  }

  async find(eventId: string): Promise<StoredEvent | undefined> {
    return this.#reader.find(eventId);
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
