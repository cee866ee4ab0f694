import { randomUUID } from 'node:crypto';
import type { RecordedEvent } from '../../src/application/ports/event-store.js';
import { fromMessage } from '../../src/infrastructure/feed/kafka/cloud-event.js';
import { openKafkaClient } from '../../src/infrastructure/feed/kafka/kafka-client.js';
import { eventTopics, topicCatalogue } from '../../src/infrastructure/feed/kafka/topic-catalogue.js';
import { until } from './until.js';

export interface Published {
  /** By the event's id: as it was first read. */
  readonly first: ReadonlyMap<string, RecordedEvent>;
  /** The same in the order of the topics: that of each stream. */
  readonly firsts: readonly RecordedEvent[];
  readonly messages: number;
}

/** Reads what was committed to the topics of events, until all of these events were there, or nothing came for long. */
export const readTopics = async (brokers: readonly string[], ids: ReadonlySet<string>): Promise<Published> => {
  const { kafka, cut } = openKafkaClient({ brokers });
  const consumer = kafka.consumer({ groupId: `reading.${randomUUID()}`, maxWaitTimeInMs: 100 });
  const first = new Map<string, RecordedEvent>();
  let messages = 0;
  let missing = ids.size;
  await consumer.connect();
  await consumer.subscribe({ topics: [...eventTopics(topicCatalogue())], fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      const event = fromMessage(message);
      messages++;
      if (first.has(event.id)) return;
      first.set(event.id, event);
      if (ids.has(event.id)) missing--;
    },
  });
  // What never comes is told by whoever compares.
  await until('all events are published', () => missing === 0, 60_000).catch(() => undefined);
  await consumer.disconnect();
  cut();
  return { first, firsts: [...first.values()], messages };
};
