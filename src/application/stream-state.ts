import type { Decider, SnapshotCodec } from '../domain/decider.js';
import type { DomainEvent } from '../domain/event.js';
import { beginning, type Position } from './ports/event-store.js';
import type { Snapshot } from './ports/snapshots.js';
import { RememberedCommands } from './remembered-commands.js';

/** The decider of any aggregate. */
export type AnyDecider = Decider<unknown, unknown, DomainEvent, unknown>;

/** A stream's state, brought up to a revision. */
export interface StreamState {
  state: unknown;
  revision: bigint;
  position: Position;
  /** Id of the event at `revision`. */
  eventId: string;
  readonly commands: RememberedCommands;
  /** Revision of the last snapshot; -1 where there is none. */
  savedRevision: bigint;
  /** Length of the last snapshot's text. */
  savedLength: number;
  /** Length of the payloads since the last snapshot. */
  newLength: number;
}

export const emptyState = (decider: AnyDecider, rememberedCommands: number): StreamState => ({
  state: decider.initialState(),
  revision: -1n,
  position: beginning,
  eventId: '',
  commands: new RememberedCommands(rememberedCommands),
  savedRevision: -1n,
  savedLength: 0,
  newLength: 0,
});

/** The state of a snapshot. @throws what `decode` throws */
export const stateOf = (
  snapshot: Snapshot,
  codec: SnapshotCodec<unknown>,
  rememberedCommands: number,
): StreamState => ({
  state: codec.decode(snapshot.state),
  revision: snapshot.revision,
  position: snapshot.position,
  eventId: snapshot.eventId,
  commands: new RememberedCommands(rememberedCommands, snapshot.commands),
  savedRevision: snapshot.revision,
  savedLength: snapshot.state.length,
  newLength: 0,
});

const bytesOfEntry = 1_000;
/** Bytes of a state in memory for each character of its snapshot; 2.9 were measured for a sale, which is the largest. */
const bytesOfCharacter = 3;

/**
 * Bytes of memory that a state takes at most, about: it holds no more than what its last snapshot and the payloads since
 * then say.
 */
export const sizeBytes = ({ savedLength, newLength, commands }: StreamState): number =>
  bytesOfEntry + commands.sizeBytes + (savedLength + newLength) * bytesOfCharacter;
