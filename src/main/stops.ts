import type { Clock } from '../application/ports/clock.js';

/** What is to be stopped, the last first. */
export type Stops = (() => Promise<void>)[];

/** Does something again and again until it is stopped. */
export const every = (
  ms: number,
  clock: Clock,
  work: (signal: AbortSignal) => Promise<unknown>,
  stops: Stops,
): void => {
  const ending = new AbortController();
  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      await work(ending.signal);
      await clock.sleep(ms, ending.signal);
    }
  };
  const ended = run();
  stops.push(() => {
    ending.abort();
    return ended;
  });
};
