import { type EventStore, type ExpectedRevision, type NewEvent } from '../../src/application/ports/event-store.js';
import { systemClock } from '../../src/infrastructure/clock/system-clock.js';
import { EmbeddedEventStore } from '../../src/infrastructure/event-store/embedded/embedded-event-store.js';
import { uuidIds } from '../../src/infrastructure/ids/uuid-ids.js';
import { Latencies, openModel } from '../harness/latency.js';
import { randomFrom } from '../harness/random.js';
import { onJob } from '../harness/task.js';
import { sampleData, sampleMetadata } from './sample.js';

/** What writers are to append, each to a stream of its own at the revision that it knows. */
export interface LoadJob {
  readonly folder: string;
  readonly writers: number;
  readonly eventsPerAppend: number;
  readonly seconds: number;
  readonly seed: number;
  /** Appends arrive by themselves at this rate; when left out, each writer goes on as soon as it is answered. */
  readonly perSecond?: number;
}

export interface LoadResult {
  readonly events: number;
  readonly seconds: number;
  readonly latency: ReturnType<Latencies['summary']>;
  /** Of writers and store, which share a process. */
  readonly processorSeconds: number;
  /** Whether each stream stands where its writer was told, and the store holds all and no more. */
  readonly isRight: boolean;
}

class Writer {
  expected: ExpectedRevision = 'no-stream';
  events = 0;
  #last: Promise<void> = Promise.resolve();
  readonly stream = `sale-${uuidIds.next()}`;

  constructor(
    private readonly store: EventStore,
    private readonly eventsPerAppend: number,
  ) {}

  async append(): Promise<void> {
    const events = Array.from({ length: this.eventsPerAppend }, newEvent);
    const { revision } = await this.store.append(this.stream, events, this.expected);
    this.expected = revision;
    this.events += events.length;
  }

  /** Behind what this writer was given before. */
  appendInTurn(): Promise<void> {
    this.#last = this.#last.then(() => this.append());
    return this.#last;
  }

  async isRight(): Promise<boolean> {
    const [last] = await this.store.read(this.stream, { direction: 'backwards', limit: 1 });
    return (last?.revision ?? -1n) + 1n === BigInt(this.events);
  }
}

const newEvent = (): NewEvent => ({
  id: uuidIds.next(),
  type: 'PlacesHeld',
  data: sampleData,
  metadata: sampleMetadata,
});

const untilEnd = async (writers: readonly Writer[], seconds: number): Promise<Latencies> => {
  const latencies = new Latencies();
  const endAt = performance.now() + seconds * 1_000;
  const goOn = async (writer: Writer): Promise<void> => {
    for (let askedAt = performance.now(); askedAt < endAt; askedAt = performance.now()) {
      await writer.append();
      latencies.add(performance.now() - askedAt);
    }
  };
  await Promise.all(writers.map(goOn));
  return latencies;
};

const arriving = (writers: readonly Writer[], perSecond: number, { seconds, seed }: LoadJob): Promise<Latencies> =>
  openModel({ perSecond, count: perSecond * seconds, random: randomFrom(seed) }, async (index) => {
    await writers[index % writers.length]?.appendInTurn();
  });

onJob<LoadJob, LoadResult>(async (job) => {
  const store = await EmbeddedEventStore.open({ folder: job.folder, clock: systemClock });
  const before = await store.head();
  const writers = Array.from({ length: job.writers }, () => new Writer(store, job.eventsPerAppend));
  const used = process.cpuUsage();
  const begun = performance.now();
  const latencies =
    job.perSecond === undefined ? await untilEnd(writers, job.seconds) : await arriving(writers, job.perSecond, job);
  const seconds = (performance.now() - begun) / 1_000;
  const { user, system } = process.cpuUsage(used);
  const events = writers.reduce((sum, writer) => sum + writer.events, 0);
  const kept = (await store.backlog(before)).events;
  const areRight = await Promise.all(writers.map((writer) => writer.isRight()));
  await store.close();
  return {
    events,
    seconds,
    latency: latencies.summary(),
    processorSeconds: (user + system) / 1e6,
    isRight: kept === events && areRight.every(Boolean),
  };
});
