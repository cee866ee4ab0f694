import { stat } from 'node:fs/promises';
import { join } from 'node:path';
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
  type RecordedEvent,
  StoreUnavailable,
} from '../../../application/ports/event-store.js';
import { makeFolder } from '../../runtime/make-folder.js';
import { AppendQueue } from './append-queue.js';
import { checkInBackground } from './background-check.js';
import { type Backlog, EventReader } from './event-reader.js';
import { lockFolder } from './folder-lock.js';
import { fieldsOf } from './messages.js';
import { positionOf } from './position.js';
import type { EventStoreDamaged } from './refusals.js';
import { Subscriptions } from './subscriptions.js';

export interface EmbeddedEventStoreOptions {
  readonly folder: string;
  readonly clock: Clock;
  /** Appends past this many waiting events are refused at once. */
  readonly waitingEventsLimit?: number;
  /** A larger file is opened at once and checked as a whole in the background; 256 MiB unless told otherwise. */
  readonly checkedBytes?: number;
  /** Hears of damage that was found in the background: nothing is appended any more. */
  readonly onDamage?: (damage: EventStoreDamaged) => void;
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
  readonly #clock: Clock;
  readonly #unlock: () => void;
  readonly #queue: AppendQueue;
  readonly #reader: EventReader;
  readonly #subscriptions: Subscriptions;
  readonly #ended = new AbortController();
  #stopCheck = (): void => undefined;
  #closing: Promise<void> | undefined;

  private constructor(
    clock: Clock,
    unlock: () => void,
    queue: AppendQueue,
    reader: EventReader,
    subscriptions: Subscriptions,
  ) {
    this.#clock = clock;
    this.#unlock = unlock;
    this.#queue = queue;
    this.#reader = reader;
    this.#subscriptions = subscriptions;
  }

  /** @throws EventStoreLocked, EventStoreTooNew, EventStoreDamaged */
  static async open(options: EmbeddedEventStoreOptions): Promise<EmbeddedEventStore> {
    const { folder, clock, waitingEventsLimit = 100_000, checkedBytes = 256 * 1024 * 1024, onDamage } = options;
    makeFolder(folder);
    const unlock = lockFolder(folder);
    try {
      const file = join(folder, 'events.db');
      const queue = await AppendQueue.start({ file, checkedBytes }, waitingEventsLimit);
      const reader = new EventReader(file);
      const subscriptions = new Subscriptions((position, filter) => reader.readAll(position, filter));
      const store = new EmbeddedEventStore(clock, unlock, queue, reader, subscriptions);
      if ((await stat(file)).size > checkedBytes) {
        store.#stopCheck = checkInBackground(file, (damage) => {
          queue.refuse(damage.message);
          onDamage?.(damage);
        });
      }
      return store;
    } catch (cause) {
      unlock();
      throw cause;
    }
  }

  async append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended> {
    check(stream, events);
    const request = { stream, fields: fieldsOf(events), expected, recordedAt: this.#clock.now() };
    const appended = await this.#queue.append(request);
    this.#subscriptions.appended(events.map(({ type }) => type));
    return appended;
  }

  async read(stream: string, options?: ReadOptions): Promise<readonly RecordedEvent[]> {
    return this.#open().read(stream, options);
  }

  async readAll(
    after: Position,
    options: { readonly filter?: EventFilter; readonly limit?: number } = {},
  ): Promise<AllPage> {
    return this.#open().readAll(after, options.filter, options.limit);
  }

  subscribe(
    after: Position,
    { filter, signal }: { readonly filter?: EventFilter; readonly signal: AbortSignal },
  ): AsyncGenerator<AllPage, void, void> {
    return this.#subscriptions.subscribe(after, filter, AbortSignal.any([signal, this.#ended.signal]));
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
    this.#stopCheck();
    this.#ended.abort();
    // Before the writer: the last connection to close writes what stands in the log into the file, and this one can't.
    this.#reader.close();
    await this.#queue.close();
    this.#unlock();
  }

  #open(): EventReader {
    if (this.#closing !== undefined) throw new StoreUnavailable('the event store is closed');
    return this.#reader;
  }
}
