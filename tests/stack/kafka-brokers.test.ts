import { expect } from 'chai';
import { beginning, type RecordedEvent } from '../../src/application/ports/event-store.js';
import { systemClock } from '../../src/infrastructure/clock/system-clock.js';
import { ReadOnlyEventStore } from '../../src/infrastructure/event-store/embedded/read-only-event-store.js';
import { startWireServer, type WireServer } from '../../src/infrastructure/event-store/wire-server/wire-server.js';
import { fromMessage } from '../../src/infrastructure/feed/kafka/cloud-event.js';
import { type KafkaClient, openKafkaClient } from '../../src/infrastructure/feed/kafka/kafka-client.js';
import { Kafka } from '../../stack/kafka.js';
import { boxoffice } from '../support/cli.js';
import { openKafkaSubject } from '../support/kafka-subject.js';
import { ServerProcess } from '../support/server-process.js';
import { describeServer, serverData, sharedMongo } from '../support/servers.js';
import { Taker } from '../support/taker.js';
import { newEvent } from '../support/temp-store.js';
import { until } from '../support/until.js';

/** No folder can be made there: whoever keeps everything elsewhere needs none. */
const nowhere = '/proc/boxoffice';

const topics = ['boxoffice.ticketing', 'boxoffice.banking'];

const limitMs = 60_000;

describeServer('kafka', 'three brokers', function () {
  this.timeout(5 * limitMs);
  let kafka: Kafka;
  let client: KafkaClient;
  let folder: string;
  let store: WireServer;
  let sells: ServerProcess;
  let reads: ServerProcess;

  before(async () => {
    kafka = await Kafka.start({ folder: serverData(), brokers: 3 });
    client = openKafkaClient({ brokers: kafka.addresses });
    folder = serverData();
    store = await startWireServer({ folder, clock: systemClock });
    const settings = {
      EVENTSTORE_URL: store.url,
      KAFKA_BROKERS: kafka.addresses.join(','),
      MONGODB_URL: await sharedMongo(),
      BOXOFFICE_KEY: '07'.repeat(32),
    };
    const applied = await boxoffice(nowhere, ['topics', 'apply', '--json'], settings);
    expect(JSON.parse(applied.out).differences).to.deep.equal([]);
    sells = await ServerProcess.start(nowhere, { roles: 'command-api,bank,worker', settings });
    reads = await ServerProcess.start(nowhere, { roles: 'relay,projector,query-api', settings });
  });

  after(async () => {
    await Promise.all([sells.stop(), reads.stop()]);
    await store.close();
    client.cut();
    await kafka.kill();
  });

  const inSync = async (): Promise<void> => {
    const admin = client.kafka.admin();
    await admin.connect();
    await until(
      'each partition has its three copies',
      async () => {
        const found = (await admin.fetchTopicMetadata({ topics: [...topics, 'boxoffice.relay'] })).topics;
        return found.every(({ partitions }) => partitions.every(({ isr }) => isr.length === 3));
      },
      limitMs,
    );
    await admin.disconnect();
  };

  const stored = async (): Promise<readonly RecordedEvent[]> => {
    const events = new ReadOnlyEventStore(folder);
    const page = await events.readAll(beginning, { limit: 10_000 });
    await events.close();
    return page.events;
  };

  /** As readers get it, once there is as much. */
  const published = async (count: number): Promise<readonly RecordedEvent[]> => {
    const consumer = client.kafka.consumer({ groupId: 'reading', maxWaitTimeInMs: 100 });
    const events: RecordedEvent[] = [];
    await consumer.connect();
    await consumer.subscribe({ topics, fromBeginning: true });
    await consumer.run({ eachMessage: async ({ message }) => void events.push(fromMessage(message)) });
    await until(`${count} are published`, () => events.length >= count, limitMs);
    await consumer.disconnect();
    return events;
  };

  it('each lead partitions of every topic of events (PAY-14)', async () => {
    const admin = client.kafka.admin();
    await admin.connect();
    const found = (await admin.fetchTopicMetadata({ topics })).topics;
    await admin.disconnect();
    for (const { name, partitions } of found) {
      expect(new Set(partitions.map(({ leader }) => leader)), name).to.deep.equal(new Set([1, 2, 3]));
    }
  });

  it('each suffice to be named: all is written and read through any of them (PAY-2)', async () => {
    for (const address of kafka.addresses) {
      const subject = await openKafkaSubject(6, { brokers: [address] });
      const taker = new Taker();
      subject.feed.subscribe(taker);
      for (let number = 0; number < 30; number++) await subject.publish(`sale-${number}`, newEvent());
      await until('all are taken', () => taker.taken.length === 30, limitMs);
      expect(new Set(taker.assignments.map(([partition]) => partition)).size).to.equal(6);
      await subject.dispose();
    }
  });

  it('sell on while one is killed, and each purchase comes to its views, whichever of them is away', async () => {
    const saleId = await sells.shop.openSale({ capacity: 30 });
    const card = await sells.shop.issueCard();
    let left = 30;
    for (const id of [1, 2, 3]) {
      await kafka.kill(id);
      for (let buyer = 0; buyer < 2; buyer++) {
        const { orderId } = (await sells.shop.order(saleId)).body;
        expect((await sells.shop.pay(orderId, card)).body.orderStatus).to.equal('fulfilled');
        await reads.shop.orderBecomes(orderId, 'fulfilled', limitMs);
        left -= 1;
      }
      await until('the sale has sold them', async () => (await reads.shop.saleOf(saleId)).sold === 30 - left, limitMs);
      expect((await reads.shop.saleOf(saleId)).free).to.equal(left);
      await kafka.restart(id);
      await inSync();
    }
    const events = await stored();
    const found = await published(events.length);
    const inOrder = found.toSorted((left, right) => (left.position < right.position ? -1 : 1));
    expect(inOrder.map(({ id }) => id)).to.deep.equal(events.map(({ id }) => id));
  });
});
