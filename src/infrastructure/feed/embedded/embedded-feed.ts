import { type Backoff, backoffMs } from '../../../application/feed/backoff.js';
import { partitionOf } from '../../../application/partition.js';
import type { Clock } from '../../../application/ports/clock.js';
import {
  beginning,
  type EventFilter,
  type EventStore,
  type Position,
  type RecordedEvent,
} from '../../../application/ports/event-store.js';
import {
  type Feed,
  type FeedEnd,
  type FeedReader,
  type FeedSubscription,
  GroupInUse,
  type ReaderLag,
} from '../../../application/ports/feed.js';
import { lockGroup } from './reader-lock.js';
import { type ReaderPosition, ReaderPositions } from './reader-positions.js';

interface Backlog {
  readonly events: number;
  readonly oldestAt?: number;
}

/** A store that counts what a reader has before it. */
export interface BacklogSource {
  backlog(after: Position, filter?: EventFilter): Promise<Backlog>;
}

const countsBacklogs = (store: object): store is BacklogSource => 'backlog' in store;

export interface EmbeddedFeedOptions {
  readonly store: EventStore;
  readonly folder: string;
  readonly partitions: number;
  readonly clock: Clock;
  readonly wait?: Backoff;
  /** Told of each failed try of a reader. */
  readonly onFailure?: (group: string, cause: unknown, attempt: number) => void;
}

const defaultWait: Backoff = { firstMs: 100, longestMs: 30_000 };

/** How often a reader that stands by looks whether the one of its group has gone. */
const standByMs = 250;

const filterOf = ({ types }: { readonly types?: readonly string[] }): EventFilter =>
  types === undefined ? {} : { types };

/**
 * The feed of one folder: a catch-up subscription on the store for each partition of each reader. Of several processes
 * on the folder one reads for a group; the others stand by and take over when it ends.
 */
export class EmbeddedFeed implements Feed {
  readonly partitions: number;
  readonly #options: EmbeddedFeedOptions;
  readonly #positions: ReaderPositions;
  readonly #subscriptions = new Map<string, FeedSubscription>();

  /** @throws Error naming the file when a newer build wrote it */
  constructor(options: EmbeddedFeedOptions) {
    this.#options = options;
    this.partitions = options.partitions;
    this.#positions = new ReaderPositions(options.folder, options.partitions, (groups, cause) =>
      options.onFailure?.(groups, cause, 1),
    );
  }

  /** @throws Error when this feed reads for the group already, or did so with another number of partitions */
  subscribe(reader: FeedReader): FeedSubscription {
    const { group, types } = reader;
    if (this.#subscriptions.has(group)) throw new Error(`${group} already reads the feed`);
    this.#positions.begin(group, types);
    const stopping = new AbortController();
    const ended = this.#read(reader, stopping.signal);
    const subscription = {
      stop: async (): Promise<void> => {
        stopping.abort();
        await ended;
        if (this.#subscriptions.get(group) === subscription) this.#subscriptions.delete(group);
      },
    };
    this.#subscriptions.set(group, subscription);
    return subscription;
  }

  lags(): Promise<readonly ReaderLag[]> {
    return Promise.all(this.#positions.all().map((reader) => this.#lagOf(reader)));
  }

  async reset(group: string, to: FeedEnd): Promise<void> {
    const release = lockGroup(this.#options.folder, group);
    if (release === undefined) throw new GroupInUse(group);
    try {
      this.#positions.reset(group, to === 'end' ? await this.#options.store.head() : beginning);
    } finally {
      release();
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#subscriptions.values()].map((subscription) => subscription.stop()));
    this.#positions.close();
  }

  async #lagOf(reader: ReaderPosition): Promise<ReaderLag> {
    const { group, partition, position } = reader;
    const { store } = this.#options;
    const isCounted = this.partitions === 1 && countsBacklogs(store);
    const backlog = isCounted ? store.backlog(position, filterOf(reader)) : this.#count(reader);
    const { events: lag, ...oldest } = await backlog;
    return { group, partition, position, lag, ...oldest };
  }

  /** A store knows nothing of partitions, and not every store counts. */
  async #count(reader: ReaderPosition): Promise<Backlog> {
    let events = 0;
    let oldest: { readonly oldestAt?: number } = {};
    for (let after = reader.position; ; ) {
      const page = await this.#options.store.readAll(after, { filter: filterOf(reader) });
      for (const event of this.#of(reader.partition, page.events)) {
        if (events++ === 0) oldest = { oldestAt: event.recordedAt };
      }
      if (page.isHead) return { events, ...oldest };
      after = page.next;
    }
  }

  /** Waits until no other process reads for the group, then reads every partition until it is told to stop. */
  async #read(reader: FeedReader, signal: AbortSignal): Promise<void> {
    const release = await this.#lock(reader.group, signal);
    if (release === undefined) return;
    try {
      const partitions = Array.from({ length: this.partitions }, (_, partition) => partition);
      await Promise.all(partitions.map((partition) => this.#readPartition(reader, partition, signal)));
    } finally {
      // What the next reader of the group begins after.
      this.#positions.save();
      release();
    }
  }

  async #lock(group: string, signal: AbortSignal): Promise<(() => void) | undefined> {
    const { folder, clock, onFailure } = this.#options;
    let isToldOf = false;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        const release = lockGroup(folder, group);
        if (release !== undefined) return release;
        if (!isToldOf) onFailure?.(group, new Error(`another process reads for ${group}: this one stands by`), 1);
        isToldOf = true;
        await clock.sleep(standByMs, signal);
      } catch (cause) {
        await this.#pause(group, cause, attempt, signal);
      }
    }
    return undefined;
  }

  async #readPartition(reader: FeedReader, partition: number, signal: AbortSignal): Promise<void> {
    const begin = async (): Promise<void> => {
      const after = await this.#begin(reader.group, partition);
      await reader.assigned?.(partition, after);
    };
    if (await this.#untilDone(reader.group, begin, signal)) await this.#follow(reader, partition, signal);
    reader.revoked?.(partition);
  }

  /** Begins again from where the reader is when the store fails. */
  async #follow(reader: FeedReader, partition: number, signal: AbortSignal): Promise<void> {
    const { group } = reader;
    const filter = filterOf(reader);
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        let after = this.#positions.of(group, partition);
        for await (const page of this.#options.store.subscribe(after, { filter, signal })) {
          const batch = { partition, after, events: this.#of(partition, page.events), upTo: page.next };
          if (!(await this.#untilDone(group, () => reader.handle(batch), signal))) return;
          this.#positions.move(group, partition, page.next);
          after = page.next;
          attempt = 0;
        }
        if (!signal.aborted) throw new Error('the subscription on the event store ended');
      } catch (cause) {
        await this.#pause(group, cause, attempt, signal);
      }
    }
  }

  #of(partition: number, events: readonly RecordedEvent[]): readonly RecordedEvent[] {
    if (this.partitions === 1) return events;
    return events.filter(({ stream }) => partitionOf(stream, this.partitions) === partition);
  }

  /** The saved position; from the start again where an older copy of the store was put back behind it. */
  async #begin(group: string, partition: number): Promise<Position> {
    const saved = this.#positions.of(group, partition);
    if (saved <= (await this.#options.store.head())) return saved;
    this.#options.onFailure?.(group, new Error(`its position ${saved} is past the head of the event store`), 1);
    this.#positions.move(group, partition, beginning);
    return beginning;
  }

  /** @returns whether it was done at last; not if it was told to stop before */
  async #untilDone(group: string, work: () => Promise<void>, signal: AbortSignal): Promise<boolean> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await work();
        return true;
      } catch (cause) {
        await this.#pause(group, cause, attempt, signal);
      }
    }
    return false;
  }

  #pause(group: string, cause: unknown, attempt: number, signal: AbortSignal): Promise<void> {
    this.#options.onFailure?.(group, cause, attempt + 1);
    const { clock, wait = defaultWait } = this.#options;
    return clock.sleep(backoffMs(wait, attempt, clock.random()), signal);
  }
}
