import type { Position } from './event-store.js';

/** A stream's state as it was right after one of its events. */
export interface Snapshot {
  readonly revision: bigint;
  readonly position: Position;
  /** Id of the event at that revision: another history has another one there. */
  readonly eventId: string;
  /** As the aggregate wrote it. */
  readonly state: string;
  /** Ids of the last commands that made events, oldest first, each ended by a line break. */
  readonly commands: string;
}

/**
 * The last snapshot of each stream. A cache: any may be missing at any time, and what these give was written by the very
 * code that reads it.
 */
export interface Snapshots {
  find(stream: string): Promise<Snapshot | undefined>;
  keep(stream: string, snapshot: Snapshot): Promise<void>;
  drop(stream: string): Promise<void>;
  close(): Promise<void>;
}
