import type { Position, StoredEvent } from './event-store.js';

/** Consecutive events of one partition, in the store's order. */
export interface FeedBatch {
  readonly partition: number;
  /** Where the batch begins: a reader of the group took everything of the partition up to here. */
  readonly after: Position;
  readonly events: readonly StoredEvent[];
  /** Everything of the partition up to here has been looked at. */
  readonly upTo: Position;
}

/** Someone who reads the feed at a pace of its own. */
export interface FeedReader {
  /** Name under which its positions are kept; two readers with one group share the work. */
  readonly group: string;
  /** Event types it wants; all when left out. */
  readonly types?: readonly string[];
  /** Takes effect, then returns: only then does the position move. What it throws is tried again with growing waits. */
  handle(batch: FeedBatch): Promise<void>;
}

export interface FeedSubscription {
  /** Waits for the batch under way, then stops. */
  stop(): Promise<void>;
}

export interface ReaderLag {
  readonly group: string;
  readonly partition: number;
  readonly position: Position;
  /** Events behind the position that the reader hasn't taken. */
  readonly lag: number;
  /** Time of the oldest of them in milliseconds since the epoch. */
  readonly oldestAt?: number;
}

/** Ordered batches per partition, at least once. Every adapter passes `tests/contract/feed.contract.ts`. */
export interface Feed {
  readonly partitions: number;
  subscribe(reader: FeedReader): FeedSubscription;
  /** How far each group has come, from the feed's own saved positions. */
  lags(): Promise<readonly ReaderLag[]>;
  /** Saved position of a group in a partition; `beginning` if it never took anything. */
  position(group: string, partition: number): Promise<Position>;
  close(): Promise<void>;
}
