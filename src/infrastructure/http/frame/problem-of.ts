import { CommandReused, Overloaded, RevisionMismatch } from '../../../application/command-handler.js';
import { OutcomeUnknown, StoreUnavailable } from '../../../application/ports/event-store.js';
import { keyReused } from '../idempotency/idempotency-key.js';
import { preconditionFailed } from './entity-tag.js';
import { Problem, unavailable } from './problem.js';

/** What an error of the application is to the outside; what it leaves out is a 500. */
export type ProblemOf = (error: unknown) => Problem | undefined;

/** What an error is to the outside; `undefined` if no one foresaw it. */
export const problemOf = (error: unknown, ofApplication?: ProblemOf): Problem | undefined => {
  if (error instanceof Problem) return error;
  if (error instanceof CommandReused) return keyReused();
  if (error instanceof RevisionMismatch) return preconditionFailed();
  if (error instanceof Overloaded)
    return unavailable('overloaded', 'Too many requests for the same thing at the moment');
  if (error instanceof StoreUnavailable)
    return unavailable('store_unavailable', 'The event store is not available now');
  if (error instanceof OutcomeUnknown) {
    return unavailable('outcome_unknown', 'It is not known yet whether this took effect: repeat it with the same key');
  }
  return ofApplication?.(error);
};
