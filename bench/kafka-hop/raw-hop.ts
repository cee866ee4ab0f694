import { randomUUID } from 'node:crypto';
import type { Kafka, KafkaMessage, Message } from 'kafkajs';
import type { Hop } from './history.js';

/** Events in one request. */
const batchLength = 500;

function* batchesOf(messages: readonly Message[]): Generator<Message[]> {
  for (let from = 0; from < messages.length; from += batchLength) yield messages.slice(from, from + batchLength);
}

/** The loop that everybody writes first: batch after batch with acks=all, and a consumer that commits by itself. */
export const rawHop = async (kafka: Kafka, topic: string, messages: readonly Message[]): Promise<Hop> => {
  const producer = kafka.producer({
    // Without it a request that is tried again is written twice.
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition ?? 0,
  });
  const consumer = kafka.consumer({ groupId: `raw-${randomUUID()}`, maxWaitTimeInMs: 100 });
  const received: KafkaMessage[] = [];
  const { promise: all, resolve, reject } = Promise.withResolvers<void>();
  const joined = new Promise<void>((join) => consumer.on(consumer.events.GROUP_JOIN, () => join()));
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    // A broker that has just come up isn't ready for groups yet.
    if (!payload.restart) reject(payload.error);
  });
  await producer.connect();
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachBatch: async ({ batch }) => {
        received.push(...batch.messages);
        if (received.length >= messages.length) resolve();
      },
    });
    await Promise.race([joined, all]);
    const begun = performance.now();
    for (const batch of batchesOf(messages)) await producer.send({ topic, acks: -1, messages: batch });
    await all;
    const seconds = (performance.now() - begun) / 1_000;
    return { seconds, came: received.map(({ key, value }) => [String(key), String(value)] as const) };
  } finally {
    await consumer.disconnect();
    await producer.disconnect();
  }
};
