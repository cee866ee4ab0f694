import { ConsecutiveBreaker, circuitBreaker, handleWhen, isBrokenCircuitError } from 'cockatiel';
import { isAway } from './mongo-errors.js';

const againAfterMs = 5_000;

/** Calls that the work goes on without: while the server is away, one now and then looks whether it is back. */
export class OptionalCalls {
  readonly #breaker = circuitBreaker(handleWhen(isAway), {
    halfOpenAfter: againAfterMs,
    breaker: new ConsecutiveBreaker(1),
  });

  /** @param onAway is told once each time that the server is found away */
  constructor(onAway: (error: unknown) => void) {
    this.#breaker.onBreak((reason) => {
      if ('error' in reason) onAway(reason.error);
    });
  }

  /** @returns `instead` where the server is away */
  async run<T>(work: () => Promise<T>, instead: T): Promise<T> {
    try {
      return await this.#breaker.execute(work);
    } catch (error) {
      if (isAway(error) || isBrokenCircuitError(error)) return instead;
      throw error;
    }
  }
}
