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
 * The last snapshot of each stream that one release of the code has saved: those of other releases lie beside and are
 * neither seen nor touched. A cache: any may be missing at any time. Every adapter passes
 * `tests/contract/snapshots.contract.ts`.
 */
export interface Snapshots {
  find(stream: string): Promise<Snapshot | undefined>;
  save(stream: string, snapshot: Snapshot): Promise<void>;
  delete(stream: string): Promise<void>;
  close(): Promise<void>;
}
