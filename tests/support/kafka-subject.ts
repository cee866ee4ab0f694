import { randomUUID } from 'node:crypto';
import type { Admin, Message } from 'kafkajs';
import { partitionOf } from '../../src/application/partition.js';
import type { NewEvent, Position } from '../../src/application/ports/event-store.js';
import { beginning } from '../../src/application/ports/event-store.js';
import { toMessage } from '../../src/infrastructure/feed/kafka/cloud-event.js';
import { openKafkaClient } from '../../src/infrastructure/feed/kafka/kafka-client.js';
import { KafkaFeed, type KafkaFeedOptions } from '../../src/infrastructure/feed/kafka/kafka-feed.js';
import { createTopics } from '../../src/infrastructure/feed/kafka/topics.js';
import { sharedKafka } from './servers.js';
import { openTempStore, realClock, type TempStore } from './temp-store.js';

/** A topic and groups of its own on a broker, filled as the relay fills it from the store. */
export interface KafkaSubject {
  readonly feed: KafkaFeed;
  readonly topic: string;
  readonly groupPrefix: string;
  /** Of the store. */
  readonly folder: string;
  readonly store: TempStore['store'];
  readonly failures: readonly string[];
  readonly admin: Admin;
  publish(stream: string, ...events: NewEvent[]): Promise<void>;
  /** All that was published, as by a relay that has lost its place. */
  publishAgain(): Promise<void>;
  /** What isn't an event. */
  publishBytes(partition: number, value: string): Promise<void>;
  ends(): Promise<readonly Position[]>;
  beside(options?: Partial<KafkaFeedOptions>): Promise<KafkaFeed>;
  reopen(): Promise<KafkaFeed>;
  dispose(): Promise<void>;
}

export const openKafkaSubject = async (
  partitions: number,
  options: Partial<KafkaFeedOptions> = {},
): Promise<KafkaSubject> => {
  const brokers = options.brokers ?? (await sharedKafka());
  const name = randomUUID().slice(0, 8);
  const topic = `events-${name}`;
  const groupPrefix = `group-${name}.`;
  const { folder, store, dispose: disposeStore } = await openTempStore();
  const { kafka, cut } = openKafkaClient({ brokers });
  const admin = kafka.admin();
  await admin.connect();
  await createTopics(admin, [{ topic, numPartitions: partitions, replicationFactor: 1 }]);
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition ?? 0,
  });
  await producer.connect();

  const opened: KafkaFeed[] = [];
  const failures: string[] = [];
  const open = (more: Partial<KafkaFeedOptions> = {}): KafkaFeed => {
    const feed = new KafkaFeed({
      brokers,
      partitions,
      topics: [topic],
      topicOf: () => topic,
      groupPrefix,
      clock: realClock,
      wait: { firstMs: 5, longestMs: 100 },
      sessionMs: 6_000,
      onFailure: (group, cause) => failures.push(`${group}: ${cause}`),
      ...options,
      ...more,
    });
    opened.push(feed);
    return feed;
  };
  const sent: Message[] = [];
  const revisions = new Map<string, bigint>();
  const ends = new Array<Position>(partitions).fill(beginning);
  const feed = open();
  return {
    feed,
    topic,
    groupPrefix,
    folder,
    store,
    failures,
    admin,
    publish: async (stream, ...events) => {
      const { revision, position } = await store.append(stream, events, revisions.get(stream) ?? 'no-stream');
      revisions.set(stream, revision);
      const from = revision + 1n - BigInt(events.length);
      const partition = partitionOf(stream, partitions);
      const recorded = await store.read(stream, { from, limit: events.length });
      const published = recorded.map((event) => ({ ...toMessage(event), partition }));
      await producer.send({ topic, acks: -1, messages: published });
      sent.push(...published);
      ends[partition] = position;
    },
    publishAgain: async () => void (await producer.send({ topic, acks: -1, messages: [...sent] })),
    publishBytes: async (partition, value) => {
      await producer.send({ topic, acks: -1, messages: [{ value, partition }] });
    },
    ends: async () => [...ends],
    beside: async (more) => open(more),
    reopen: async () => {
      await feed.close();
      return open();
    },
    dispose: async () => {
      for (const one of opened) await one.close();
      await producer.disconnect();
      await admin.deleteTopics({ topics: [topic] });
      await admin.disconnect();
      cut();
      await disposeStore();
    },
  };
};
