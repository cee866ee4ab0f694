import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: { type: 'major'; execution: 'async'; flavor: 'last-resort' }) => Promise<void>;

const lookEveryMs = 2_000;
/** Share of its time for which the event loop of a process at rest is busy at most. */
const restingShare = 0.05;

/** Lets this thread give back what a start or a rush has taken, once after each: by itself Node keeps it. */
export const giveMemoryBackAtRest = (): void => {
  setFlagsFromString('--expose-gc');
  const collect: Collect = runInNewContext('gc');
  let since = performance.eventLoopUtilization();
  let hasWorked = true;
  setInterval(() => {
    const isAtRest = performance.eventLoopUtilization(since).utilization < restingShare;
    since = performance.eventLoopUtilization();
    if (isAtRest && hasWorked) void collect({ type: 'major', execution: 'async', flavor: 'last-resort' });
    hasWorked = !isAtRest;
  }, lookEveryMs).unref();
};
