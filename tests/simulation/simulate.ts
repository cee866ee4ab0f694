import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type Run, simulate } from './run.js';

/** Seeds that a worker takes: each `step`-th from `from` on, below `before`. */
interface Share {
  readonly from: number;
  readonly before: number;
  readonly step: number;
}

const workers = 2;
const file = new URL(import.meta.url);

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '100' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      trace: { type: 'boolean', default: false },
      stop: { type: 'boolean', default: false },
    },
  });
  const whole = (name: 'seeds' | 'from' | 'seed'): number => {
    const value = Number(values[name]);
    if (!Number.isSafeInteger(value)) throw new Error(`--${name} takes a whole number`);
    return value;
  };
  const one = values.seed === undefined ? undefined : whole('seed');
  return { one, count: whole('seeds'), from: whole('from'), isTraced: values.trace, stopsEarly: values.stop };
};

const tell = ({ seed, broken, last }: Run): void => {
  console.log(`seed ${seed} breaks ${broken.length}:`);
  for (const what of broken.slice(0, 10)) console.log(`  ${what}`);
  console.log(`  before: ${last.slice(-3).join(' | ')}`);
  console.log(`  again:  npm run simulate -- --seed ${seed} --trace`);
};

const runOne = async (seed: number, isTraced: boolean): Promise<number> => {
  const run = await simulate(seed, isTraced ? (line) => console.log(line) : undefined);
  if (run.broken.length > 0) tell(run);
  console.log(`seed ${seed}: ${run.steps} steps, ${run.events} events, ${run.digest}`);
  return run.broken.length > 0 ? 1 : 0;
};

const runShare = async ({ from, before, step }: Share): Promise<void> => {
  for (let seed = from; seed < before; seed += step) parentPort?.postMessage(await simulate(seed));
};

/** @returns the seeds that broke something */
const runAll = async (from: number, count: number, stopsEarly: boolean): Promise<readonly number[]> => {
  const failed: number[] = [];
  let [runs, steps, events] = [0, 0, 0];
  const begin = performance.now();
  const threads = Array.from({ length: workers }, (_, index) => {
    const share: Share = { from: from + index, before: from + count, step: workers };
    return new Worker(file, { workerData: share });
  });
  await Promise.all(
    threads.map((thread) => {
      thread.on('message', (run: Run) => {
        runs++;
        steps += run.steps;
        events += run.events;
        if (runs % 100 === 0) console.log(`${runs} of ${count}`);
        if (run.broken.length === 0) return;
        failed.push(run.seed);
        tell(run);
        if (stopsEarly) for (const each of threads) void each.terminate();
      });
      return new Promise((resolve, reject) => thread.on('exit', resolve).on('error', reject));
    }),
  );
  const seconds = Math.round((performance.now() - begin) / 1_000);
  console.log(`${runs} seeds from ${from}: ${failed.length} failed, ${steps} steps, ${events} events, ${seconds} s`);
  return failed;
};

if (isMainThread) {
  const { one, count, from, isTraced, stopsEarly } = readOptions();
  const failed = one === undefined ? (await runAll(from, count, stopsEarly)).length : await runOne(one, isTraced);
  if (failed > 0) process.exitCode = 1;
} else {
  await runShare(workerData as Share);
}
