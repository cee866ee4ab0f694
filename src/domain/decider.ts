import type { DomainEvent, EventTypes } from './event.js';

/** The payload of one type of an aggregate's events. */
export type DataOf<Event extends DomainEvent, Type extends Event['type']> = Extract<Event, { type: Type }>['data'];

/** What every command carries that depends on the time. */
export interface Timed {
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The union of the commands that a table declares: what each carries, by its name in the imperative. */
export type CommandUnion<Commands> = {
  [Type in keyof Commands]: { readonly type: Type } & Commands[Type];
}[keyof Commands];

/** The command, or the commands, of a type. */
export type CommandOf<Command extends { readonly type: string }, Type extends Command['type']> = Extract<
  Command,
  { type: Type }
>;

/** What a command leads to: events (none when nothing changes) or a refusal that the business expects. */
export type Decision<Event, Refusal> =
  | { readonly events: readonly Event[] }
  | { readonly events?: undefined; readonly refusal: Refusal };

export const accept = <Event>(...events: readonly Event[]): { readonly events: readonly Event[] } => ({ events });

export const refuse = <Refusal>(refusal: Refusal): { readonly refusal: Refusal } => ({ refusal });

/**
 * Puts a state into a snapshot and takes it out again: decoding what was encoded gives the same state, and encoding that
 * gives the same text. Only the code that encoded a snapshot decodes it, so it needs no version of its own.
 */
export interface SnapshotCodec<State> {
  encode(state: State): string;
  /** May throw for what `encode` never made. */
  decode(text: string): State;
}

/**
 * How an aggregate's state follows from its events and which events a command gives.
 * Deterministic, synchronous, no clock, no I/O: time, prices and ids arrive in the command.
 *
 * `evolve` owns the state that it is handed and may change it in place (ADR 0002); `decide` only reads it.
 */
export interface Decider<State, Command, Event extends DomainEvent, Refusal> {
  /** Its streams are named `<category>-<id>`. */
  readonly category: string;
  readonly events: EventTypes;
  initialState(): State;
  /** Ignores an event that can't have happened in this state; never throws. */
  evolve(state: State, event: Event): State;
  decide(command: Command, state: State): Decision<Event, Refusal>;
  /** Whether a stream starts with the command, as a rule: then the stream is read only once it is found to be there. */
  startsStream?(command: Command): boolean;
  /** For streams that grow long: their states are kept as snapshots. */
  readonly snapshotCodec?: SnapshotCodec<State>;
}

export const streamOf = (decider: { readonly category: string }, id: string): string => `${decider.category}-${id}`;
