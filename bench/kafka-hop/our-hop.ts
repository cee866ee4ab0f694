import { runRelay } from '../../src/application/feed/relay.js';
import type { EventStore, RecordedEvent } from '../../src/application/ports/event-store.js';
import { systemClock as clock } from '../../src/infrastructure/clock/system-clock.js';
import { openKafkaClient } from '../../src/infrastructure/feed/kafka/kafka-client.js';
import { KafkaFeed } from '../../src/infrastructure/feed/kafka/kafka-feed.js';
import { KafkaPublisher } from '../../src/infrastructure/feed/kafka/kafka-publisher.js';
import type { Hop } from './history.js';
import { partitions, type Topics } from './topics.js';

/** The relay and a reader of the feed, put together as the platform does it. The clock runs from the relay's first read. */
export const ourHop = async (
  brokers: readonly string[],
  { events: topic, checkpoint: checkpointTopic }: Topics,
  store: EventStore,
  count: number,
): Promise<Hop> => {
  const { promise: all, resolve, reject } = Promise.withResolvers<void>();
  let begun: number | undefined;
  const onFailure = (cause: unknown): void => {
    // A broker that has just come up isn't ready for groups and transactions yet.
    if (begun !== undefined) reject(cause);
  };
  const feed = new KafkaFeed({
    brokers,
    partitions,
    topics: [topic],
    topicOf: () => topic,
    groupPrefix: `${topic}.`,
    clock,
    onFailure: (_group, cause) => onFailure(cause),
  });
  const received: RecordedEvent[] = [];
  const owned = new Set<number>();
  const ready = new Promise<void>((own) =>
    feed.subscribe({
      group: 'reader',
      assigned: async (partition) => {
        if (owned.add(partition).size === partitions) own();
      },
      handle: async ({ events }) => {
        received.push(...events);
        if (received.length >= count) resolve();
      },
    }),
  );
  const { kafka, cut } = openKafkaClient({ brokers });
  const options = { kafka, name: checkpointTopic, checkpointTopic, partitions, topics: [topic], topicOf: () => topic };
  const publisher = new KafkaPublisher(options);
  const ending = new AbortController();
  let relay = Promise.resolve();
  try {
    await Promise.race([ready, all]);
    const subscribe: EventStore['subscribe'] = (after, how) => {
      begun ??= performance.now();
      return store.subscribe(after, how);
    };
    relay = runRelay({ store: { subscribe }, publisher, isOwn: () => true, clock, onFailure }, ending.signal);
    await all;
    const seconds = (performance.now() - (begun ?? Number.NaN)) / 1_000;
    return { seconds, came: received.map(({ stream, data }) => [stream, data] as const) };
  } finally {
    ending.abort();
    await relay;
    await publisher.close();
    await feed.close();
    cut();
  }
};
