import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import type { RecordedEvent } from '../../src/application/ports/event-store.js';
import { fromMessage } from '../../src/infrastructure/feed/kafka/cloud-event.js';
import { type KafkaClient, openKafkaClient } from '../../src/infrastructure/feed/kafka/kafka-client.js';
import { createTopics } from '../../src/infrastructure/feed/kafka/topics.js';
import { Relays } from '../support/relays.js';
import { describeKafka, sharedKafka } from '../support/servers.js';
import { newEvent, openTempStore, type TempStore } from '../support/temp-store.js';
import { diceOf } from '../support/torture.js';
import { until } from '../support/until.js';

const partitions = 4;
const streams = 40;
const kills = 50;

describeKafka('relays that are killed and frozen while events are appended', function () {
  this.timeout(300_000);
  const id = randomUUID();
  const topic = `things.${id}`;
  const relayTopic = `relay.${id}`;
  const found: RecordedEvent[] = [];
  let opened: TempStore;
  let client: KafkaClient;
  let relays: Relays;
  let stopReading: () => Promise<void>;

  before(async () => {
    const brokers = await sharedKafka();
    client = openKafkaClient({ brokers });
    opened = await openTempStore();
    const admin = client.kafka.admin();
    await admin.connect();
    await createTopics(admin, [
      { topic, numPartitions: partitions },
      { topic: relayTopic, numPartitions: 1 },
    ]);
    await admin.disconnect();
    const consumer = client.kafka.consumer({ groupId: `reading.${id}`, maxWaitTimeInMs: 100 });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({ eachMessage: async ({ message }) => void found.push(fromMessage(message)) });
    stopReading = () => consumer.disconnect();
    relays = new Relays([opened.folder, brokers.join(','), topic, `${partitions}`, relayTopic]);
  });

  after(async () => {
    await relays.killAll();
    await stopReading();
    client.cut();
    await opened.dispose();
  });

  it('leave each event in its topic once, in the order of its stream', async () => {
    const seed = Date.now() % 1_000_000;
    console.log(`      seed ${seed}`);
    const dice = diceOf(seed);
    let isOver = false;
    const append = async (): Promise<number> => {
      const revisions = new Map<string, bigint>();
      for (let count = 0; ; count++) {
        if (isOver) return count;
        const stream = `thing-${dice(streams)}`;
        const revision = revisions.get(stream);
        await opened.store.append(stream, [newEvent()], revision ?? 'no-stream');
        revisions.set(stream, (revision ?? -1n) + 1n);
        await wait(dice(10));
      }
    };
    const appended = append();
    relays.start();
    relays.start();
    for (let kill = 1; kill <= kills; kill++) {
      const before = found.length;
      // Every other dies whatever it is at, before it has published anything too.
      if (kill % 2 === 0) await until('more is published', () => found.length > before);
      await wait(dice(200));
      if (kill % 10 === 0) {
        await until('one is elected', () => relays.elected !== undefined);
        const frozen = relays.elected;
        relays.freeze();
        await until('another is elected', () => relays.elected !== frozen);
        const then = found.length;
        await until('it publishes', () => found.length > then);
        relays.thaw();
      }
      await relays.kill(dice(3) === 0 ? 'another' : 'elected');
      relays.start();
    }
    isOver = true;
    const count = await appended;
    await until('all is published', () => found.length >= count, 60_000);
    await opened.store.append('last-1', [newEvent()], 'no-stream');
    await until('the last is published', () => found.some(({ stream }) => stream === 'last-1'));
    const byStream = Map.groupBy(found, ({ stream }) => stream);
    for (const own of byStream.values()) {
      expect(own.map(({ revision }) => Number(revision))).to.deep.equal(own.map((_, index) => index));
    }
    expect(found).to.have.length(count + 1);
    console.log(`      ${count} events, ${relays.said.split('elected').length - 1} terms`);
  });
});
