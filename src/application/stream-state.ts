import type { Aggregate } from '../domain/decider.js';
import type { DomainEvent } from '../domain/event.js';
import { beginning, type Position } from './ports/event-store.js';
import type { Snapshot } from './ports/snapshots.js';

/** An aggregate of any kind: what a mailbox holds beside a state of its kind. */
export type AnyAggregate = Aggregate<unknown, unknown, DomainEvent, unknown>;

/** A stream's state, brought up to a revision. */
export interface StreamState {
  state: unknown;
  revision: bigint;
  position: Position;
  /** Id of the event at `revision`. */
  eventId: string;
  /** Ids of the last commands that made events, oldest first. */
  readonly commands: Set<string>;
  /** Revision of the last snapshot; -1 where there is none. */
  savedRevision: bigint;
  /** Length of the last snapshot's text. */
  savedLength: number;
  /** Length of the payloads since the last snapshot. */
  newLength: number;
}

export const emptyState = (aggregate: AnyAggregate): StreamState => ({
  state: aggregate.initialState(),
  revision: -1n,
  position: beginning,
  eventId: '',
  commands: new Set(),
  savedRevision: -1n,
  savedLength: 0,
  newLength: 0,
});

/** The state of a snapshot. @throws what reading its text throws */
export const stateOf = (snapshot: Snapshot, read: (text: string) => unknown): StreamState => ({
  state: read(snapshot.state),
  revision: snapshot.revision,
  position: snapshot.position,
  eventId: snapshot.eventId,
  commands: new Set(snapshot.commands),
  savedRevision: snapshot.revision,
  savedLength: snapshot.state.length,
  newLength: 0,
});

/** @param remembered how many ids are kept */
export const remember = ({ commands }: StreamState, commandId: string, remembered: number): void => {
  commands.add(commandId);
  if (commands.size <= remembered) return;
  const [oldest] = commands;
  if (oldest !== undefined) commands.delete(oldest);
};

const bytesOfEntry = 1_000;
const bytesOfCommand = 120;
/** Bytes of a state in memory for each character of its snapshot; 2.4 were measured for a sale, which is the largest. */
const bytesOfCharacter = 3;

/**
 * Bytes of memory that a state takes at most, about: it holds no more than what its last snapshot and the payloads since
 * then say.
 */
export const sizeBytes = ({ savedLength, newLength, commands }: StreamState): number =>
  bytesOfEntry + commands.size * bytesOfCommand + (savedLength + newLength) * bytesOfCharacter;
