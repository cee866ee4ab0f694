import type { Clock } from '../application/ports/clock.js';

/** Does something again and again until the stack is disposed of. */
export const every = (
  ms: number,
  clock: Clock,
  work: (signal: AbortSignal) => Promise<unknown>,
  stack: AsyncDisposableStack,
): void => {
  const ending = new AbortController();
  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      await work(ending.signal);
      await clock.sleep(ms, ending.signal);
    }
  };
  const ended = run();
  stack.defer(() => {
    ending.abort();
    return ended;
  });
};
