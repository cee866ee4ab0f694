import { setTimeout as timeout } from 'node:timers/promises';
import type { Clock } from '../../application/ports/clock.js';

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  async sleep(ms, signal) {
    if (signal?.aborted) return;
    try {
      await timeout(ms, undefined, signal === undefined ? {} : { signal });
    } catch (cause) {
      if (!signal?.aborted) throw cause;
    }
  },
};
