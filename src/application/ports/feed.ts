import type { Position, RecordedEvent } from './event-store.js';

/** Consecutive events of one partition, in the store's order. */
export interface FeedBatch {
  readonly partition: number;
  /** Where the batch begins: the group took everything of the partition up to here. */
  readonly after: Position;
  readonly events: readonly RecordedEvent[];
  /** Everything of the partition up to here has been looked at. */
  readonly upTo: Position;
}

/** Is told which partitions are its own to read. */
export interface PartitionOwner {
  /**
   * The partition is the reader's from now on: it gets no batch of it before this has returned. What it throws is tried
   * again with growing waits.
   * @param after where the group's next batch there begins: everything up to it was taken by the group
   */
  assigned?(partition: number, after: Position): Promise<void>;
  /** The partition is no longer the reader's: the batch under way was finished, or the feed refuses to acknowledge it. */
  revoked?(partition: number): void;
}

/** Someone who reads the feed at a pace of its own. */
export interface FeedReader extends PartitionOwner {
  /** Name under which its positions are kept; readers with one group share the partitions. */
  readonly group: string;
  /** Event types it wants; all when left out. */
  readonly types?: readonly string[];
  /** Takes effect, then returns: only then does the position move. What it throws is tried again with growing waits. */
  handle(batch: FeedBatch): Promise<void>;
}

export interface FeedSubscription {
  /** Waits for the batches under way, then gives the partitions to others of the group. */
  stop(): Promise<void>;
}

export interface ReaderLag {
  readonly group: string;
  readonly partition: number;
  readonly position: Position;
  /** Events behind the position that the reader hasn't taken; a feed may count those of other types among them. */
  readonly lag: number;
  /** Time of the oldest of them in milliseconds since the epoch, where the feed has seen it. */
  readonly oldestAt?: number;
}

export const feedEnds = ['beginning', 'end'] as const;
export type FeedEnd = (typeof feedEnds)[number];

/** Someone reads for the group, so its place is theirs. */
export class GroupInUse extends Error {
  override readonly name = 'GroupInUse';

  constructor(group: string) {
    super(`${group} is read just now: stop its readers first`);
  }
}

/**
 * Ordered batches per partition, at least once. A partition is read by one reader of a group at a time, and the group's
 * position there is the feed's own business. Every adapter passes `tests/contract/feed.contract.ts`.
 */
export interface Feed {
  /** How many there are; which one a stream is in, `partitionOf` says. */
  readonly partitions: number;
  /** @throws Error when this feed reads for the group already */
  subscribe(reader: FeedReader): FeedSubscription;
  /** How far each group has come in each partition, from the feed's own saved positions. */
  lags(): Promise<readonly ReaderLag[]>;
  /**
   * Gives a group everything once more, or nothing of what there is: only while nobody reads for it.
   * @throws GroupInUse while somebody does; Error for an unknown group
   */
  reset(group: string, to: FeedEnd): Promise<void>;
  close(): Promise<void>;
}
