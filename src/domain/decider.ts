import type { DomainEvent, EventTypes } from './event.js';

/** What a command leads to: events (none when nothing changes) or a refusal that the business expects. */
export type Decision<Event, Refusal> =
  | { readonly events: readonly Event[] }
  | { readonly events?: undefined; readonly refusal: Refusal };

export const accept = <Event>(...events: readonly Event[]): { readonly events: readonly Event[] } => ({ events });

export const refuse = <Refusal>(refusal: Refusal): { readonly refusal: Refusal } => ({ refusal });

/**
 * How a state is put down and taken up again: reading what was written gives the same state, and writing that gives the
 * same text. What was written is read by the same code only, so it needs no version of its own.
 */
export interface StateText<State> {
  write(state: State): string;
  /** May throw for what `write` never made. */
  read(text: string): State;
}

/**
 * An aggregate: how its state follows from its events and which events a command gives.
 * Deterministic, synchronous, no clock, no I/O: time, prices and ids arrive in the command.
 *
 * `evolve` owns the state that it is handed and may change it in place (ADR 0002); `decide` only reads it.
 */
export interface Aggregate<State, Command, Event extends DomainEvent, Refusal> {
  /** Its streams are named `<category>-<id>`. */
  readonly category: string;
  readonly events: EventTypes;
  initialState(): State;
  /** Ignores an event that can't have happened in this state; never throws. */
  evolve(state: State, event: Event): State;
  decide(command: Command, state: State): Decision<Event, Refusal>;
  /** Whether a stream begins with the command, as a rule: then the stream is read only once it is found to be there. */
  begins?(command: Command): boolean;
  /** For streams that grow long: their states are kept as snapshots. */
  readonly text?: StateText<State>;
}

export const streamOf = (aggregate: { readonly category: string }, id: string): string => `${aggregate.category}-${id}`;
