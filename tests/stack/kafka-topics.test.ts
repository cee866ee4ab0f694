import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import kafkajs, { type Admin } from 'kafkajs';
import { partitionOf } from '../../src/application/partition.js';
import { beginning } from '../../src/application/ports/event-store.js';
import { fromMessage } from '../../src/infrastructure/feed/kafka/cloud-event.js';
import { type KafkaClient, openKafkaClient } from '../../src/infrastructure/feed/kafka/kafka-client.js';
import { KafkaPublisher } from '../../src/infrastructure/feed/kafka/kafka-publisher.js';
import { eventTopics, scaledTo, topicCatalogue } from '../../src/infrastructure/feed/kafka/topic-catalogue.js';
import { applyTopics, checkTopics } from '../../src/infrastructure/feed/kafka/topics.js';
import { Kafka } from '../../stack/kafka.js';
import { failureOf } from '../support/failure-of.js';
import { openKafkaSubject } from '../support/kafka-subject.js';
import { describeServer, serverData } from '../support/servers.js';
import { Taker } from '../support/taker.js';
import { newEvent, openTempStore } from '../support/temp-store.js';
import { until } from '../support/until.js';

const catalogue = scaledTo(topicCatalogue(), 1);
const [topic = '', other = ''] = eventTopics(catalogue);
const dayMs = 24 * 60 * 60 * 1_000;

describeServer('kafka', 'the topics of the catalogue', function () {
  this.timeout(120_000);
  const folder = serverData();
  let kafka: Kafka;
  let client: KafkaClient;
  let admin: Admin;

  before(async () => {
    kafka = await Kafka.start({ folder });
    client = openKafkaClient({ brokers: kafka.addresses });
    admin = client.kafka.admin();
    await admin.connect();
  });

  after(async () => {
    await admin.disconnect();
    client.cut();
    await kafka.kill();
  });

  /** Bytes and places of the messages, as a group that is new gets them. */
  const messages = async (count: number) => {
    const groupId = randomUUID();
    await until('the group can be asked for', async () => {
      await admin.fetchOffsets({ groupId, topics: [topic] });
      return true;
    });
    const consumer = client.kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
    const found: { at: string; key: string; bytes: string; event: ReturnType<typeof fromMessage> }[] = [];
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ partition, message }) => {
        const { key, value, offset, headers, timestamp } = message;
        const bytes = JSON.stringify([key, value, headers, timestamp]);
        found.push({ at: `${partition}@${offset}`, key: `${key}`, bytes, event: fromMessage(message) });
      },
    });
    await until(`${count} are read`, () => found.length >= count);
    await consumer.disconnect();
    return found;
  };

  it('are made as written, once; no other comes to be by writing to it (PAY-10)', async () => {
    const names = catalogue.topics.map(({ name }) => name);
    expect(await checkTopics(admin, catalogue)).to.deep.equal(names.map((name) => ({ topic: name, what: 'missing' })));
    expect(await applyTopics(admin, catalogue)).to.deep.equal({ created: names, differences: [] });
    expect(await applyTopics(admin, catalogue)).to.deep.equal({ created: [], differences: [] });
    for (const { name, partitions } of (await admin.fetchTopicMetadata({ topics: names })).topics) {
      expect(partitions, name).to.have.length(name === 'boxoffice.relay' ? 1 : catalogue.partitions);
    }
    const producer = client.kafka.producer({ allowAutoTopicCreation: false, retry: { retries: 0 } });
    await producer.connect();
    const failure = await failureOf(producer.send({ topic: 'boxoffice.unlisted', messages: [{ value: 'x' }] }));
    await producer.disconnect();
    expect(`${failure}`).to.include('This server does not host this topic-partition');
    expect(await admin.listTopics()).to.not.include('boxoffice.unlisted');
  });

  it('keep events for 30 days, however many they are (OPS-18)', async () => {
    const configNames = ['retention.ms', 'retention.bytes', 'cleanup.policy'];
    const resources = [topic, other].map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name, configNames }));
    const found = await admin.describeConfigs({ includeSynonyms: false, resources });
    for (const { configEntries } of found.resources) {
      expect(Object.fromEntries(configEntries.map((one) => [one.configName, one.configValue]))).to.deep.equal({
        'retention.ms': `${30 * dayMs}`,
        'retention.bytes': '-1',
        'cleanup.policy': 'delete',
      });
    }
  });

  it('spread streams over partitions, each in order, and are the same after a restart of the broker (PAY-13, PAY-4)', async () => {
    await using opened = await openTempStore();
    const { store } = opened;
    const [streams, turns] = [40, 5];
    for (let turn = 0; turn < turns; turn++) {
      for (let number = 0; number < streams; number++) {
        await store.append(`thing-${number}`, [newEvent()], turn === 0 ? 'no-stream' : BigInt(turn - 1));
      }
    }
    const publisher = new KafkaPublisher({
      kafka: client.kafka,
      name: 'boxoffice.relay',
      checkpointTopic: 'boxoffice.relay',
      partitions: catalogue.partitions,
      topics: [topic, other],
      topicOf: () => topic,
    });
    // A broker that has just come up has no coordinator for groups yet.
    await until('the publisher has begun', async () => (await publisher.begin()) === beginning);
    await publisher.publish((await store.readAll(beginning, { limit: streams * turns })).events);
    await publisher.close();
    const found = await messages(streams * turns);
    for (const { at, key, event } of found) {
      expect([key, at.split('@')[0]]).to.deep.equal([event.stream, `${partitionOf(key, catalogue.partitions)}`]);
    }
    for (const own of Map.groupBy(found, ({ key }) => key).values()) {
      expect(own.map(({ event }) => event.revision)).to.deep.equal([0n, 1n, 2n, 3n, 4n]);
    }
    expect(new Set(found.map(({ at }) => at.split('@')[0])).size).to.equal(catalogue.partitions);
    await kafka.stop();
    await kafka.restart();
    const byPlace = (all: typeof found) => all.map(({ at, bytes }) => `${at} ${bytes}`).toSorted();
    expect(byPlace(await messages(streams * turns))).to.deep.equal(byPlace(found));
    expect(await checkTopics(admin, catalogue)).to.deep.equal([]);
  });

  it('give a reader that was away for several segments all of them (OPS-18)', async () => {
    const subject = await openKafkaSubject(1, { brokers: kafka.addresses });
    await admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name: subject.topic,
          configEntries: [{ name: 'segment.bytes', value: `${1024 * 1024}` }],
        },
      ],
    });
    const taker = new Taker();
    await subject.publish('sale-a', newEvent());
    const reading = subject.feed.subscribe(taker);
    await until('the first is taken', () => taker.taken.length === 1);
    await reading.stop();
    const big = JSON.stringify({ text: 'x'.repeat(100_000) });
    for (let count = 0; count < 50; count++) await subject.publish('sale-a', newEvent('PlacesHeld', big));
    const files = await readdir(join(folder, 'broker-1', 'data', `${subject.topic}-0`));
    expect(files.filter((name) => name.endsWith('.log')).length).to.be.above(3);
    subject.feed.subscribe(taker);
    await until('all are taken', () => taker.taken.length === 51);
    expect(taker.taken.map(({ revision }) => Number(revision))).to.deep.equal(
      Array.from({ length: 51 }, (_, at) => at),
    );
    await subject.dispose();
  });
});
