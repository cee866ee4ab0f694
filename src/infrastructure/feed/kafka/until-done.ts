import { backoffMs } from '../../../application/feed/backoff.js';
import type { ReaderParts } from './reader-parts.js';

/** Tries again with growing waits. @returns what it gives at last; undefined if the signal came before */
export const untilDone = async <T>(
  { clock, wait, tell }: Pick<ReaderParts, 'clock' | 'wait' | 'tell'>,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T | undefined> => {
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      return await work();
    } catch (cause) {
      tell(cause, attempt + 1);
      await clock.sleep(backoffMs(wait, attempt, clock.random()), signal);
    }
  }
  return undefined;
};
