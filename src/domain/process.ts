import type { Decider } from './decider.js';
import type { DomainEvent } from './event.js';

/**
 * When someone has to go on with a process though nothing happens. Folded apart from the state that decides, as a few
 * plain values that JSON can carry: the state of a hot sale takes megabytes, its next due time a number.
 */
export interface Timer<Times, Event extends DomainEvent> {
  initialState(): Times;
  /** Leaves what it is handed as it is; never throws. */
  evolve(times: Times, event: Event): Times;
  /**
   * Milliseconds since the epoch, later than what whoever works on the process now needs for a step; null while it waits
   * for an event, undefined where it is over.
   */
  dueAt(times: Times): number | null | undefined;
}

/**
 * A process manager as data. What it does next follows from the state of one stream and the time alone, so whoever comes
 * across it, on any instance, goes on where its events stand. Each effect names what it is about by an id that an event
 * carries already: done twice, or by two instances at once, it has one effect. Replay folds and calls nothing.
 */
export interface ProcessManager<State, Effect, Event extends DomainEvent = DomainEvent, Times = unknown> {
  readonly name: string;
  /** Raised when its times change their form or meaning: the index of due times is made anew. */
  readonly version: number;
  /** Whose streams it follows, a process each. */
  readonly decider: Decider<State, never, Event, unknown>;
  /**
   * What is to be done now, one after the other; nothing while it waits or is at rest. Copies what it takes from the state.
   * @param now milliseconds since the epoch
   */
  next(state: State, now: number): readonly Effect[];
  readonly timer: Timer<Times, Event>;
}

/** The soonest of some times. */
export const soonestOf = (times: readonly (number | null | undefined)[]): number | undefined => {
  let soonest: number | undefined;
  for (const at of times) if (typeof at === 'number' && (soonest === undefined || at < soonest)) soonest = at;
  return soonest;
};
