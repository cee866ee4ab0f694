import { randomUUID } from 'node:crypto';
import { openKafkaClient } from '../../src/infrastructure/feed/kafka/kafka-client.js';
import { Latencies, openModel } from '../harness/latency.js';
import { randomFrom } from '../harness/random.js';
import { onJob } from '../harness/task.js';

/** Messages that are due by themselves, each sent alone with acks=all and looked for by a consumer. */
export interface RawHopsJob {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly messages: number;
  readonly perSecond: number;
  readonly seed: number;
}

export interface RawHopsResult {
  readonly received: number;
  /** From the moment at which a message was due until the consumer had it. */
  readonly hop: ReturnType<Latencies['summary']>;
}

onJob<RawHopsJob, RawHopsResult>(async ({ brokers, topic, messages, perSecond, seed }) => {
  const { kafka, cut } = openKafkaClient({ brokers });
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  const consumer = kafka.consumer({ groupId: `raw-${randomUUID()}`, maxWaitTimeInMs: 100 });
  const arrived = new Map<string, () => void>();
  let received = 0;
  const joined = new Promise<void>((join) => consumer.on(consumer.events.GROUP_JOIN, () => join()));
  await Promise.all([producer.connect(), consumer.connect()]);
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      received++;
      arrived.get(String(message.value))?.();
    },
  });
  await joined;
  const hop: Latencies = await openModel({ perSecond, count: messages, random: randomFrom(seed) }, async () => {
    const value = randomUUID();
    const came = new Promise<void>((resolve) => arrived.set(value, resolve));
    await producer.send({ topic, acks: -1, messages: [{ key: value, value }] });
    await came;
  });
  await consumer.disconnect();
  await producer.disconnect();
  cut();
  return { received, hop: hop.summary() };
});
