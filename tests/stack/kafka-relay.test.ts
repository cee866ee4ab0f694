import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { runRelay, TakenOver } from '../../src/application/feed/relay.js';
import { partitionOf } from '../../src/application/partition.js';
import { beginning, type EventStore, type RecordedEvent } from '../../src/application/ports/event-store.js';
import { fromMessage } from '../../src/infrastructure/feed/kafka/cloud-event.js';
import { type KafkaClient, openKafkaClient } from '../../src/infrastructure/feed/kafka/kafka-client.js';
import { KafkaPublisher } from '../../src/infrastructure/feed/kafka/kafka-publisher.js';
import { sharedKafka } from '../support/servers.js';
import { newEvent, openTempStore, realClock } from '../support/temp-store.js';
import { until } from '../support/until.js';

const partitions = 4;

describe('the relay to Kafka', function () {
  this.timeout(90_000);
  let client: KafkaClient;
  let topic: string;
  let store: EventStore;
  let dispose: () => Promise<void>;
  const publishers: KafkaPublisher[] = [];

  const publisher = (): KafkaPublisher => {
    const { kafka } = client;
    const made = new KafkaPublisher({ kafka, name: topic, partitions, topicOf: () => topic, topics: [topic] });
    publishers.push(made);
    return made;
  };

  const begun = async (one: KafkaPublisher) => {
    let position = beginning;
    // A broker that has just come up has no coordinator for groups yet.
    await until('the publisher has begun', async () => {
      position = await one.begin();
      return true;
    });
    return position;
  };

  const createTopic = async (): Promise<void> => {
    const admin = client.kafka.admin();
    await admin.connect();
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: partitions }] });
    await admin.disconnect();
  };

  const append = async (count: number): Promise<readonly RecordedEvent[]> => {
    const events: RecordedEvent[] = [];
    for (let index = 0; index < count; index++) {
      const stream = `thing-${randomUUID()}`;
      await store.append(stream, [newEvent('A'), newEvent('B')], 'no-stream');
      events.push(...(await store.read(stream)));
    }
    return events;
  };

  /** What the topic holds by now, as readers get it. */
  const published = async (count: number) => {
    const consumer = client.kafka.consumer({ groupId: randomUUID(), maxWaitTimeInMs: 100 });
    const found: { event: RecordedEvent; partition: number }[] = [];
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message, partition }) => void found.push({ event: fromMessage(message), partition }),
    });
    await until(`${count} are published`, () => found.length >= count);
    await consumer.disconnect();
    return found;
  };

  before(async () => {
    client = openKafkaClient({ brokers: await sharedKafka() });
  });

  beforeEach(async () => {
    topic = `relay.${randomUUID()}`;
    const opened = await openTempStore();
    store = opened.store;
    dispose = opened.dispose;
    await createTopic();
  });

  afterEach(async () => {
    for (const one of publishers.splice(0)) await one.close();
    await dispose();
  });

  after(() => client.cut());

  const relayUntil = async (one: KafkaPublisher, count: number) => {
    const ending = new AbortController();
    const failures: unknown[] = [];
    const onFailure = (cause: unknown): void => void failures.push(cause);
    const relay = runRelay({ store, publisher: one, isOwn: () => true, clock: realClock, onFailure }, ending.signal);
    const found = await published(count);
    ending.abort();
    await relay;
    return found;
  };

  it('publishes each event as it was stored, in the order of its stream and in its own partition', async () => {
    const stored = await append(20);
    const found = await relayUntil(publisher(), 40);
    const byPosition = found.map(({ event }) => event).sort((left, right) => (left.position < right.position ? -1 : 1));
    expect(byPosition).to.deep.equal(stored);
    for (const { event, partition } of found) expect(partition).to.equal(partitionOf(event.stream, partitions));
    for (const one of stored) {
      const own = found.filter(({ event }) => event.stream === one.stream).map(({ event }) => event.revision);
      expect(own).to.deep.equal([0n, 1n]);
    }
  });

  it('goes on behind what was published, and publishes nothing twice', async () => {
    await append(5);
    await relayUntil(publisher(), 10);
    const stored = await append(5);
    const next = publisher();
    expect((await begun(next)) < (stored[0]?.position ?? '')).to.equal(true);
    const found = await relayUntil(next, 20);
    expect(new Set(found.map(({ event }) => event.id)).size).to.equal(20);
    expect(found).to.have.length(20);
  });

  it('writes nothing once another has taken over, whatever it still has in hand', async () => {
    const late = await append(3);
    const frozen = publisher();
    await begun(frozen);
    const other = publisher();
    await begun(other);
    await other.publish(late);
    const refused = await frozen.publish(late).catch((cause: unknown) => cause);
    expect(refused).to.be.instanceOf(TakenOver);
    const more = await append(1);
    await other.publish(more);
    expect(await published(8)).to.have.length(8);
  });

  it('publishes all again when the topic was lost', async () => {
    await append(5);
    await relayUntil(publisher(), 10);
    const admin = client.kafka.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [topic] });
    await until('the topic is gone', async () => !(await admin.listTopics()).includes(topic));
    await admin.disconnect();
    await createTopic();
    expect(await relayUntil(publisher(), 10)).to.have.length(10);
  });
});
