import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';

/** Times in an HDR histogram, from 1 µs to an hour, to three digits. */
export class Latencies {
  readonly #histogram: RecordableHistogram = createHistogram({ lowest: 1, highest: 3_600_000_000, figures: 3 });

  add(ms: number): void {
    this.#histogram.record(Math.max(1, Math.round(ms * 1_000)));
  }

  get count(): number {
    return this.#histogram.count;
  }

  percentileMs(percent: number): number {
    return this.#histogram.percentile(percent) / 1_000;
  }

  summary() {
    const at = (percent: number): number => Number(this.percentileMs(percent).toPrecision(3));
    const maxMs = Number((this.#histogram.max / 1_000).toPrecision(3));
    return { count: this.count, p50Ms: at(50), p90Ms: at(90), p95Ms: at(95), p99Ms: at(99), p999Ms: at(99.9), maxMs };
  }
}

export interface OpenModel {
  readonly perSecond: number;
  readonly count: number;
  /** Numbers from 0 up to 1, for the gaps between arrivals (Poisson). */
  readonly random: () => number;
}

/**
 * Starts work at times that don't wait for earlier work, and measures each from the time at which it was due: who stands
 * in a queue is counted with the whole of it.
 */
export const openModel = async (
  { perSecond, count, random }: OpenModel,
  work: (index: number) => Promise<void>,
): Promise<Latencies> => {
  const latencies = new Latencies();
  const running: Promise<void>[] = [];
  const startedAt = performance.now();
  let dueAt = startedAt;
  for (let index = 0; index < count; index++) {
    dueAt += (-Math.log(1 - random()) * 1_000) / perSecond;
    const early = dueAt - performance.now();
    if (early > 0) await wait(early);
    const due = dueAt;
    running.push(work(index).then(() => latencies.add(performance.now() - due)));
  }
  await Promise.all(running);
  return latencies;
};
