import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../../application/ports/clock.js';
import {
  type AllPage,
  type Appended,
  type EventFilter,
  type EventStore,
  type ExpectedRevision,
  type NewEvent,
  type Position,
  type ReadOptions,
  type StoredEvent,
  StoreUnavailable,
} from '../../../application/ports/event-store.js';
import { AppendQueue } from './append-queue.js';
import { appendsOf } from './appends.js';
import { type Backlog, EventReader } from './event-reader.js';
import { lockFolder } from './folder-lock.js';
import { fieldsOf } from './messages.js';
import { positionOf, rowOf } from './position.js';

export interface EmbeddedEventStoreOptions {
  readonly folder: string;
  readonly clock: Clock;
  /** Appends past this many waiting events are refused at once. */
  readonly waitingEventsLimit?: number;
}

/** Text that SQLite would not give back as it was. */
const isUnstorable = (text: string): boolean => !text.isWellFormed() || text.includes('\0');

const check = (stream: string, events: readonly NewEvent[]): void => {
  if (stream === '' || isUnstorable(stream)) throw new RangeError(`${JSON.stringify(stream)} is no name for a stream`);
  if (events.length === 0) throw new RangeError(`nothing to append to ${stream}`);
  for (const { id, type, data, metadata } of events) {
    if ([id, type, data, metadata].some(isUnstorable)) throw new RangeError(`event ${id} holds text that isn't JSON`);
  }
};

/** The event store of one process, in `<folder>/events.db`. */
export class EmbeddedEventStore implements EventStore {
  /** The folder's lock keeps others out. */
  readonly isExclusive = true;
  readonly #clock: Clock;
  readonly #unlock: () => void;
  readonly #queue: AppendQueue;
  readonly #reader: EventReader;
  readonly #wakers: Set<() => void>;
  readonly #appends: ReturnType<typeof appendsOf>;
  #closing: Promise<void> | undefined;

  private constructor(
    clock: Clock,
    unlock: () => void,
    queue: AppendQueue,
    reader: EventReader,
    wakers: Set<() => void>,
    appends: ReturnType<typeof appendsOf>,
  ) {
    this.#clock = clock;
    this.#unlock = unlock;
    this.#queue = queue;
    this.#reader = reader;
    this.#wakers = wakers;
    this.#appends = appends;
  }

  /** @throws EventStoreLocked, EventStoreTooNew, EventStoreDamaged */
  static async open(options: EmbeddedEventStoreOptions): Promise<EmbeddedEventStore> {
    const { folder, clock, waitingEventsLimit = 100_000 } = options;
    await mkdir(folder, { recursive: true });
    const unlock = lockFolder(folder);
    try {
      const file = join(folder, 'events.db');
      const wakers = new Set<() => void>();
      const appends = appendsOf(file);
      const queue = await AppendQueue.start(file, waitingEventsLimit, () => {
        for (const wake of wakers) wake();
        appends.postMessage(undefined);
      });
      return new EmbeddedEventStore(clock, unlock, queue, new EventReader(file), wakers, appends);
    } catch (cause) {
      unlock();
      throw cause;
    }
  }

  async append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended> {
    check(stream, events);
    return this.#queue.append({ stream, fields: fieldsOf(events), expected, recordedAt: this.#clock.now() });
  }

  async read(stream: string, options?: ReadOptions): Promise<readonly StoredEvent[]> {
    return this.#open().read(stream, options);
  }

  async readAll(
    after: Position,
    options: { readonly filter?: EventFilter; readonly limit?: number } = {},
  ): Promise<AllPage> {
    return this.#open().readAll(after, options.filter, options.limit);
  }

  async *subscribe(
    after: Position,
    { filter, signal }: { readonly filter?: EventFilter; readonly signal: AbortSignal },
  ): AsyncGenerator<AllPage, void, void> {
    let position = after;
    while (!signal.aborted && this.#closing === undefined) {
      const page = this.#open().readAll(position, filter);
      if (page.next !== position) {
        position = page.next;
        yield page;
        await nextTurn();
      } else {
        await this.#moreThan(position, signal);
      }
    }
  }

  async find(eventId: string): Promise<StoredEvent | undefined> {
    return this.#open().find(eventId);
  }

  async head(): Promise<Position> {
    return positionOf(this.#open().head());
  }

  /** How much matches the filter behind a position. */
  async backlog(after: Position, filter?: EventFilter): Promise<Backlog> {
    return this.#open().backlog(after, filter);
  }

  /** Writes what waits, ends the subscriptions and lets go of the folder. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // Before the writer: the last connection to close writes what stands in the log into the file, and this one can't.
    this.#reader.close();
    await this.#queue.close();
    this.#appends.close();
    this.#unlock();
    for (const wake of this.#wakers) wake();
  }

  #open(): EventReader {
    if (this.#closing !== undefined) throw new StoreUnavailable('the event store is closed');
    return this.#reader;
  }

  /** Waits until the store holds more than this, it closes, or the signal is given. */
  async #moreThan(position: Position, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#wakers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#wakers.add(wake);
      signal.addEventListener('abort', wake);
      if (signal.aborted || this.#closing !== undefined || this.#reader.head() > rowOf(position)) wake();
    });
  }
}
