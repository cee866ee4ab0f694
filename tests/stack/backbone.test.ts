import { expect } from 'chai';
import { systemClock } from '../../src/infrastructure/clock/system-clock.js';
import { startWireServer, type WireServer } from '../../src/infrastructure/event-store/wire-server/wire-server.js';
import { fromMessage } from '../../src/infrastructure/feed/kafka/cloud-event.js';
import { openKafkaClient } from '../../src/infrastructure/feed/kafka/kafka-client.js';
import { Kafka } from '../../stack/kafka.js';
import { boxoffice } from '../support/cli.js';
import { ServerProcess } from '../support/server-process.js';
import { describeServer, serverData, sharedMongo } from '../support/servers.js';
import { until } from '../support/until.js';

/** No folder can be made there: whoever keeps everything elsewhere needs none. */
const nowhere = '/proc/boxoffice';

describeServer(
  'kafka',
  'a purchase over EventStoreDB, Kafka and MongoDB, each role in a process of its own',
  function () {
    this.timeout(180_000);
    let kafka: Kafka;
    let store: WireServer;
    let settings: Record<string, string>;
    const servers: ServerProcess[] = [];

    const start = async (roles: string, own: Record<string, string> = {}): Promise<ServerProcess> => {
      const server = await ServerProcess.start(nowhere, { roles, settings: { ...settings, ...own } });
      servers.push(server);
      return server;
    };

    before(async () => {
      kafka = await Kafka.start({ folder: serverData() });
      store = await startWireServer({ folder: serverData(), clock: systemClock });
      settings = {
        EVENTSTORE_URL: store.url,
        KAFKA_BROKERS: kafka.addresses.join(','),
        MONGODB_URL: await sharedMongo(),
        BOXOFFICE_KEY: '07'.repeat(32),
      };
    });

    after(async () => {
      await Promise.all(servers.map((server) => server.stop()));
      await store.close();
      await kafka.stop();
    });

    it('creates its topics, and finds nothing to do the second time', async () => {
      const apply = () => boxoffice(nowhere, ['topics', 'apply', '--copies', '1', '--json'], settings);
      const first = await apply();
      expect(JSON.parse(first.out)).to.deep.equal({
        created: ['boxoffice.ticketing', 'boxoffice.banking', 'boxoffice.relay'],
        differences: [],
      });
      expect(JSON.parse((await apply()).out)).to.deep.equal({ created: [], differences: [] });
      const check = await boxoffice(nowhere, ['topics', 'check'], settings);
      expect(check.code).to.equal(2);
      expect(check.out).to.include('boxoffice.ticketing: replication is 1, should be 3');
    });

    it('leads to an order, a statement and topics that say the same', async () => {
      const bank = await start('bank');
      const BOXOFFICE_BANK = `127.0.0.1:${bank.ready.bankPort}`;
      const command = await start('command-api,worker', { BOXOFFICE_BANK });
      await start('relay');
      await start('projector');
      const query = await start('query-api');
      const { shop } = command;
      const saleId = await shop.openSale({ capacity: 2 });
      const card = await bank.shop.issueCard(20_000);
      const { orderId } = (await shop.order(saleId, { quantity: 2 })).body;
      const paid = await shop.pay(orderId, card.token);
      expect([paid.status, paid.body.orderStatus]).to.deep.equal([201, 'fulfilled']);
      expect(await query.shop.orderOf(orderId, paid.token)).to.include({ status: 'fulfilled', quantity: 2 });
      expect(await query.shop.saleOf(saleId, paid.token)).to.include({ free: 0, sold: 2 });
      await until('the purchase is booked', async () => {
        const { items } = await query.shop.statementOf(card.cardId);
        return items[0]?.status === 'booked';
      });
      const types = await published(kafka.addresses, `order-${orderId}`, 'OrderFulfilled');
      expect(types.slice(0, 2)).to.deep.equal(['OrderPlaced', 'PaymentStarted']);
      expect(new Set(types).size).to.equal(types.length);
    });

    it('sells on while the relay and the projectors are away, and others take up where they were', async () => {
      const [, command, relay, projector, query] = servers;
      if (command === undefined || relay === undefined || projector === undefined || query === undefined) {
        throw new Error('the roles did not start');
      }
      await Promise.all([relay.stop(), projector.stop()]);
      const saleId = await command.shop.openSale({ capacity: 1 });
      const placed = await command.shop.order(saleId);
      expect(placed.status).to.equal(201);
      await start('relay,projector');
      await until('the order is in its view', async () => {
        const found = await query.shop.orderOf(placed.body.orderId);
        return found.status === 'awaiting_payment';
      });
    });
  },
);

/** Types of a stream's events in the order of the topic, up to the last. */
const published = async (brokers: readonly string[], stream: string, last: string): Promise<readonly string[]> => {
  const { kafka, cut } = openKafkaClient({ brokers });
  const consumer = kafka.consumer({ groupId: `reading.${stream}`, maxWaitTimeInMs: 100 });
  const types: string[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic: 'boxoffice.ticketing', fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      const event = fromMessage(message);
      expect(message.key?.toString()).to.equal(event.stream);
      if (event.stream === stream) types.push(event.type);
    },
  });
  await until(`${stream} is published`, () => types.includes(last));
  await consumer.disconnect();
  cut();
  return types;
};
