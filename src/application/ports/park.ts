import type { Position } from './event-store.js';

/** An event that a reader couldn't take, or that came behind such an event in its stream. */
export interface ParkedEvent {
  readonly group: string;
  readonly stream: string;
  readonly revision: bigint;
  /** Where it stands in the feed. */
  readonly position: Position;
  readonly partition: number;
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** Names one parked event: a group takes an event once. */
export type ParkedKey = Pick<ParkedEvent, 'group' | 'stream' | 'revision'>;

/** An event that an operator gave up for a group. */
export interface SkippedEvent extends ParkedEvent {
  readonly skippedBecause: string;
  /** Milliseconds since the epoch. */
  readonly skippedAt: number;
}

/** Events set aside per group, in the order of their stream. Every operation holds between processes. */
export interface Park {
  /** Streams of which the group has an event here. */
  streams(group: string): Promise<ReadonlySet<string>>;
  /** Twice is harmless: the first reason stays. */
  park(event: ParkedEvent): Promise<void>;
  /** Parks the event only if one of its stream is here still, and says whether it did: one step against a retry. */
  follow(event: ParkedEvent): Promise<boolean>;
  /** The first parked event of a stream. */
  first(group: string, stream: string): Promise<ParkedEvent | undefined>;
  /** What is parked, in the order of the feed. */
  list(group?: string): Promise<readonly ParkedEvent[]>;
  /** The event has been taken at last. */
  release(key: ParkedKey): Promise<void>;
  /** A retry failed again, for this reason. */
  failedAgain(key: ParkedKey, reason: string): Promise<void>;
  /** Takes the event out for good, and keeps why. */
  skip(key: ParkedKey, because: string, at: number): Promise<void>;
  skipped(group?: string): Promise<readonly SkippedEvent[]>;
  close(): Promise<void>;
}
