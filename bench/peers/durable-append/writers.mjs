import { createHistogram } from 'node:perf_hooks';

/**
 * Writers that append one event after the other until the time is over.
 * @param writers functions that append one event and end when it is durable
 * @param isRight whether the store holds all that was counted; told the count
 */
export const race = async (writers, seconds, isRight) => {
  const histogram = createHistogram({ lowest: 1, highest: 3_600_000_000, figures: 3 });
  const used = process.cpuUsage();
  const begun = performance.now();
  const endAt = begun + seconds * 1_000;
  const goOn = async (append) => {
    for (let askedAt = performance.now(); askedAt < endAt; askedAt = performance.now()) {
      await append();
      histogram.record(Math.max(1, Math.round((performance.now() - askedAt) * 1_000)));
    }
  };
  await Promise.all(writers.map(goOn));
  const took = (performance.now() - begun) / 1_000;
  const { user, system } = process.cpuUsage(used);
  const at = (percent) => Number((histogram.percentile(percent) / 1_000).toPrecision(3));
  const latency = { count: histogram.count, p50Ms: at(50), p99Ms: at(99) };
  const processorSeconds = (user + system) / 1e6;
  const events = histogram.count;
  console.log(JSON.stringify({ events, seconds: took, latency, processorSeconds, isRight: await isRight(events) }));
};
