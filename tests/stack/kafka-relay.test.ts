import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { Admin } from 'kafkajs';
import { runRelay } from '../../src/application/feed/relay.js';
import { partitionOf } from '../../src/application/partition.js';
import { beginning, type EventStore, type RecordedEvent } from '../../src/application/ports/event-store.js';
import { fromMessage } from '../../src/infrastructure/feed/kafka/cloud-event.js';
import { type KafkaClient, openKafkaClient } from '../../src/infrastructure/feed/kafka/kafka-client.js';
import { KafkaPublisher } from '../../src/infrastructure/feed/kafka/kafka-publisher.js';
import { describeKafka, sharedKafka } from '../support/servers.js';
import { newEvent, openTempStore, realClock } from '../support/temp-store.js';
import { until } from '../support/until.js';

const partitions = 4;

describeKafka('the relay to Kafka', function () {
  this.timeout(90_000);
  let client: KafkaClient;
  let topic: string;
  let other: string;
  let checkpointTopic: string;
  let store: EventStore;
  let dispose: () => Promise<void>;
  const publishers: KafkaPublisher[] = [];
  const relays: (() => Promise<void>)[] = [];

  const publisher = (): KafkaPublisher => {
    const { kafka } = client;
    const topicOf = ({ stream }: RecordedEvent): string => (stream.startsWith('other-') ? other : topic);
    const topics = [topic, other];
    const made = new KafkaPublisher({ kafka, name: checkpointTopic, checkpointTopic, partitions, topicOf, topics });
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

  const withAdmin = async (work: (admin: Admin) => Promise<unknown>): Promise<void> => {
    const admin = client.kafka.admin();
    await admin.connect();
    await work(admin).finally(() => admin.disconnect());
  };

  const createTopic = (topic: string, numPartitions: number): Promise<void> =>
    withAdmin(async (admin) => {
      await admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: false });
      await until('the topic has its partitions', async () => {
        const [found] = (await admin.fetchTopicMetadata({ topics: [topic] })).topics;
        return found?.partitions.every(({ leader }) => leader >= 0) ?? false;
      });
    });

  const makeAnew = async (lost: string): Promise<void> => {
    await withAdmin(async (admin) => {
      await admin.deleteTopics({ topics: [lost] });
      await until('the topic is gone', async () => !(await admin.listTopics()).includes(lost));
    });
    await createTopic(lost, partitions);
  };

  const append = async (count: number, kind = 'thing'): Promise<readonly RecordedEvent[]> => {
    const events: RecordedEvent[] = [];
    for (let index = 0; index < count; index++) {
      const stream = `${kind}-${randomUUID()}`;
      await store.append(stream, [newEvent('A'), newEvent('B')], 'no-stream');
      events.push(...(await store.read(stream)));
    }
    return events;
  };

  /** What the topic holds by now, as readers get it. */
  const published = async (count: number, from = topic) => {
    const consumer = client.kafka.consumer({ groupId: randomUUID(), maxWaitTimeInMs: 100 });
    const found: { event: RecordedEvent; partition: number }[] = [];
    await consumer.connect();
    await consumer.subscribe({ topic: from, fromBeginning: true });
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
    const id = randomUUID();
    topic = `things.${id}`;
    other = `others.${id}`;
    checkpointTopic = `relay.${id}`;
    const opened = await openTempStore();
    store = opened.store;
    dispose = opened.dispose;
    await createTopic(topic, partitions);
    await createTopic(other, partitions);
    await createTopic(checkpointTopic, 1);
  });

  afterEach(async () => {
    for (const stop of relays.splice(0)) await stop();
    for (const one of publishers.splice(0)) await one.close();
    await dispose();
  });

  after(() => client.cut());

  const start = (one: KafkaPublisher) => {
    const ending = new AbortController();
    const failures: unknown[] = [];
    const onFailure = (cause: unknown): void => void failures.push(cause);
    const relay = runRelay({ store, publisher: one, isOwn: () => true, clock: realClock, onFailure }, ending.signal);
    const stop = async (): Promise<void> => {
      ending.abort();
      await relay;
    };
    relays.push(stop);
    return { failures, stop };
  };

  const relayUntil = async (one: KafkaPublisher, count: number, from = topic) => {
    const { stop } = start(one);
    const found = await published(count, from);
    await stop();
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
    const next = publisher();
    await begun(next);
    await next.publish(late);
    const refused = await frozen.publish(late).catch((cause: unknown) => cause);
    expect(refused).to.have.property('type', 'INVALID_PRODUCER_EPOCH');
    const more = await append(1);
    await next.publish(more);
    expect(await published(8)).to.have.length(8);
  });

  it('goes on by itself when another has taken over and is gone again', async () => {
    await append(1);
    const { failures, stop } = start(publisher());
    await published(2);
    await begun(publisher());
    await append(1);
    expect(await published(4)).to.have.length(4);
    await stop();
    expect(failures).to.have.length(1);
  });

  it('publishes again what a topic lost, and nothing twice in the others', async () => {
    await append(5);
    await append(5, 'other');
    await relayUntil(publisher(), 10, other);
    await makeAnew(topic);
    await append(1, 'other');
    const { stop } = start(publisher());
    const revisions = Map.groupBy(await published(10), ({ event }) => event.stream).values();
    for (const own of revisions) expect(own.map(({ event }) => event.revision)).to.deep.equal([0n, 1n]);
    expect(await published(12, other)).to.have.length(12);
    await stop();
  });

  it('finds out while it publishes that a topic was lost', async () => {
    await append(20);
    await append(1, 'other');
    const { failures, stop } = start(publisher());
    await published(40);
    await makeAnew(topic);
    await append(20);
    const found = await published(80);
    for (const own of Map.groupBy(found, ({ event }) => event.stream).values()) {
      expect(own.map(({ event }) => event.revision)).to.deep.equal([0n, 1n]);
    }
    expect(found).to.have.length(80);
    expect(await published(2, other)).to.have.length(2);
    await stop();
    expect(failures).to.not.have.length(0);
  });

  it('begins at once behind what is published in a topic that never had an event', async () => {
    const stored = await append(5);
    await relayUntil(publisher(), 10);
    expect(await begun(publisher())).to.equal(stored.at(-1)?.position);
  });

  it('publishes what another left unfinished in a topic made anew', async () => {
    const [first] = await append(1);
    await relayUntil(publisher(), 2);
    await makeAnew(topic);
    await begun(publisher());
    const dying = client.kafka.producer({ transactionalId: checkpointTopic, idempotent: true, maxInFlightRequests: 1 });
    await dying.connect();
    const partition = partitionOf(first?.stream ?? '', partitions);
    const messages = Array.from({ length: 20 }, () => ({ value: 'unfinished', partition }));
    await (await dying.transaction()).send({ topic, acks: -1, messages });
    expect(await relayUntil(publisher(), 2)).to.have.length(2);
    await dying.disconnect();
  });
});
