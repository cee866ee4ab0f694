import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type GrowingWait, waitMs } from '../../../application/feed/growing-wait.js';
import type { Clock } from '../../../application/ports/clock.js';
import { beginning, type EventFilter, type EventStore, type Position } from '../../../application/ports/event-store.js';
import type { Feed, FeedBatch, FeedReader, FeedSubscription, ReaderLag } from '../../../application/ports/feed.js';
import { transaction } from '../../sqlite/transaction.js';
import { openFeedFile } from './feed-file.js';

/** Counts what a reader has before it, in the store. */
export interface BacklogSource {
  backlog(after: Position, filter?: EventFilter): Promise<{ readonly events: number; readonly oldestAt?: number }>;
}

export interface EmbeddedFeedOptions {
  readonly store: EventStore & BacklogSource;
  readonly folder: string;
  readonly clock: Clock;
  readonly wait?: GrowingWait;
  /** Told of each failed try of a reader. */
  readonly onFailure?: (group: string, cause: unknown, attempt: number) => void;
}

const defaultWait: GrowingWait = { firstMs: 100, longestMs: 30_000 };

/** Positions are saved together, so late: after a crash, that much is delivered again. */
const saveEveryMs = 50;
const saveAgainMs = 1_000;

/** The feed of one process: a catch-up subscription on the store for each reader, one partition. */
export class EmbeddedFeed implements Feed {
  readonly partitions = 1;
  readonly #options: EmbeddedFeedOptions;
  readonly #db: DatabaseSync;
  readonly #saving: StatementSync;
  /** By group. */
  readonly #unsaved = new Map<string, Position>();
  #savingSoon: NodeJS.Timeout | undefined;
  readonly #subscriptions = new Map<string, FeedSubscription>();

  /** @throws Error naming the file when a newer build wrote it */
  constructor(options: EmbeddedFeedOptions) {
    this.#options = options;
    this.#db = openFeedFile(options.folder);
    this.#saving = this.#db.prepare('UPDATE reader SET position = ? WHERE name = ?');
  }

  /** @throws Error when the group reads already */
  subscribe(reader: FeedReader): FeedSubscription {
    const { group, types } = reader;
    if (this.#subscriptions.has(group)) throw new Error(`${group} reads the feed already`);
    this.#db
      .prepare('INSERT INTO reader VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET types = excluded.types')
      .run(group, beginning, types === undefined ? null : JSON.stringify(types));
    const stopping = new AbortController();
    const ended = this.#run(reader, stopping.signal);
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

  async lags(): Promise<readonly ReaderLag[]> {
    const rows = this.#db.prepare('SELECT name, position, types FROM reader ORDER BY name').all();
    return Promise.all(
      rows.map(async (row) => {
        const position = this.#unsaved.get(String(row.name)) ?? (String(row.position) as Position);
        const filter: EventFilter = row.types === null ? {} : { types: JSON.parse(String(row.types)) };
        const { events: lag, ...oldest } = await this.#options.store.backlog(position, filter);
        return { group: String(row.name), partition: 0, position, lag, ...oldest };
      }),
    );
  }

  async position(group: string, partition: number): Promise<Position> {
    if (partition !== 0) throw new RangeError(`there is no partition ${partition}`);
    const unsaved = this.#unsaved.get(group);
    if (unsaved !== undefined) return unsaved;
    const row = this.#db.prepare('SELECT position FROM reader WHERE name = ?').get(group);
    return row === undefined ? beginning : (String(row.position) as Position);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#subscriptions.values()].map((subscription) => subscription.stop()));
    if (!this.#db.isOpen) return;
    this.#trySaving();
    clearTimeout(this.#savingSoon);
    this.#db.close();
  }

  /** Reads till it is told to stop; when the store fails, begins again from the saved position. */
  async #run(reader: FeedReader, signal: AbortSignal): Promise<void> {
    const filter: EventFilter = reader.types === undefined ? {} : { types: reader.types };
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        let after = await this.#begin(reader.group);
        for await (const { events, next } of this.#options.store.subscribe(after, { filter, signal })) {
          if (!(await this.#deliver(reader, { partition: 0, after, events, upTo: next }, signal))) return;
          this.#save(reader.group, next);
          after = next;
          attempt = 0;
        }
        if (!signal.aborted) throw new Error('the subscription on the event store ended');
      } catch (cause) {
        await this.#pause(reader.group, cause, attempt, signal);
      }
    }
  }

  /** The saved position; from the start again where an older copy of the store was put back behind it. */
  async #begin(group: string): Promise<Position> {
    const saved = await this.position(group, 0);
    if (saved <= (await this.#options.store.head())) return saved;
    this.#options.onFailure?.(group, new Error(`its position ${saved} is past the head of the event store`), 1);
    this.#save(group, beginning);
    return beginning;
  }

  #save(group: string, position: Position): void {
    this.#unsaved.set(group, position);
    this.#saveIn(saveEveryMs);
  }

  #saveIn(ms: number): void {
    this.#savingSoon ??= setTimeout(() => this.#trySaving(), ms);
  }

  /** Where it fails, readers go on all the same: what isn't saved is delivered again after a restart. */
  #trySaving(): void {
    clearTimeout(this.#savingSoon);
    this.#savingSoon = undefined;
    try {
      this.#saveAll();
    } catch (cause) {
      this.#options.onFailure?.([...this.#unsaved.keys()].join(', '), cause, 1);
      this.#saveIn(saveAgainMs);
    }
  }

  #saveAll(): void {
    if (this.#unsaved.size === 0) return;
    transaction(this.#db, 'BEGIN IMMEDIATE', () => {
      for (const [group, position] of this.#unsaved) this.#saving.run(position, group);
    });
    this.#unsaved.clear();
  }

  /** @returns whether the reader took it; not if it was told to stop before */
  async #deliver(reader: FeedReader, batch: FeedBatch, signal: AbortSignal): Promise<boolean> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await reader.handle(batch);
        return true;
      } catch (cause) {
        await this.#pause(reader.group, cause, attempt, signal);
      }
    }
    return false;
  }

  #pause(group: string, cause: unknown, attempt: number, signal: AbortSignal): Promise<void> {
    this.#options.onFailure?.(group, cause, attempt + 1);
    const { clock, wait = defaultWait } = this.#options;
    return clock.sleep(waitMs(wait, attempt, clock.random()), signal);
  }
}
