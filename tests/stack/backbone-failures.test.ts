import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { Reply } from '../../src/infrastructure/http/client/api-client.js';
import { Backbone } from '../support/backbone.js';
import { auditBackbone } from '../support/backbone-audit.js';
import { read, tableRows } from '../support/checkout.js';
import { answered } from '../support/crowd.js';
import { Acknowledged } from '../support/customers.js';
import { orderAtRest } from '../support/order-at-rest.js';
import { describeKafka } from '../support/servers.js';
import { type Card, Shop } from '../support/shop.js';
import { startSlowLink } from '../support/slow-link.js';
import { until } from '../support/until.js';

interface Failure {
  /** As docs/failures.md names it. */
  readonly name: string;
  go(backbone: Backbone): Promise<void> | void;
  comeBack(backbone: Backbone): Promise<void> | void;
}

const first = (backbone: Backbone, role: string) => {
  const [part] = backbone.with(role);
  if (part === undefined) throw new Error(`nobody is ${role}`);
  return part;
};

const killed = (role: string): Omit<Failure, 'name'> => ({
  go: (backbone) => first(backbone, role).kill(),
  comeBack: (backbone) => first(backbone, role).restart(),
});

const stopped = (role: string): Omit<Failure, 'name'> => ({
  go: async (backbone) => void (await Promise.all(backbone.with(role).map(({ server }) => server.stop()))),
  comeBack: async (backbone) => {
    for (const part of backbone.with(role)) await part.restart();
  },
});

const frozen = (role: string): Omit<Failure, 'name'> => ({
  go: (backbone) => first(backbone, role).server.freeze(),
  comeBack: (backbone) => first(backbone, role).server.resume(),
});

const failures: readonly Failure[] = [
  { name: 'Kafka is killed', go: ({ kafka }) => kafka.kill(), comeBack: ({ kafka }) => kafka.restart() },
  { name: 'Kafka is frozen', go: ({ kafka }) => kafka.freeze(), comeBack: ({ kafka }) => kafka.resume() },
  {
    name: 'MongoDB is killed, and comes back empty',
    go: ({ mongo }) => mongo.server.kill(),
    comeBack: ({ mongo }) => mongo.restart(),
  },
  {
    name: 'MongoDB is frozen',
    go: ({ mongo }) => mongo.server.freeze(),
    comeBack: ({ mongo }) => mongo.server.resume(),
  },
  {
    name: 'Kafka and MongoDB are killed',
    go: async ({ kafka, mongo }) => void (await Promise.all([kafka.kill(), mongo.server.kill()])),
    comeBack: async ({ kafka, mongo }) => void (await Promise.all([kafka.restart(), mongo.restart()])),
  },
  {
    name: 'the event store is killed',
    go: ({ eventStore }) => eventStore.kill(),
    comeBack: ({ eventStore }) => eventStore.restart(),
  },
  {
    name: 'the event store is frozen',
    go: ({ eventStore }) => eventStore.freeze(),
    comeBack: ({ eventStore }) => eventStore.thaw(),
  },
  { name: 'the bank is killed', ...killed('bank') },
  { name: 'the bank is frozen', ...frozen('bank') },
  { name: 'the worker is frozen', ...frozen('worker') },
  { name: 'all relays and projectors are stopped', ...stopped('relay') },
  { name: 'one of two relays and projectors is killed', ...killed('relay') },
  { name: 'one of two relays and projectors is frozen', ...frozen('relay') },
];

const processes = { bank: 1, 'command-api': 1, worker: 1, 'relay,projector': 2, 'query-api': 1 };

/** What comes back after an outage of whatever length has backed off for half a minute at most, and sessions end. */
const limitMs = 120_000;

type Outcome = 'yes' | 'no' | 'later' | 'old';

const ofCommand = ({ status }: Reply<unknown>): Outcome => (status === 202 ? 'later' : status < 300 ? 'yes' : 'no');

describeKafka('docs/failures.md, in processes of their own', function () {
  this.timeout(300_000);
  const rows = new Map(
    tableRows(read('docs/failures.md'))
      .filter(([name]) => failures.some((failure) => failure.name === name))
      .map(([name, ...said]) => [name, said]),
  );
  let backbone: Backbone;
  let shop: Shop;
  let card: Card;
  let told: Acknowledged;

  before(async () => {
    backbone = await Backbone.start({ processes });
    shop = backbone.shop;
    card = await shop.issueCard(1_000_000_000);
    told = new Acknowledged([card]);
  });

  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.error(backbone.warnings);
  });

  after(() => backbone.stop());

  /** Whether a sale is shown, and as of one's own write. What is to come may take a while on a busy machine. */
  const seen = async (saleId: string, written: Reply<unknown>, due: string | undefined): Promise<Outcome> => {
    const isShown = async (token: Reply<unknown>['token'] = {}): Promise<boolean> =>
      (await shop.api.get('/v1/sales/{saleId}', { params: { saleId }, headers: token })).status === 200;
    if (due === 'yes') await until('the write is seen', () => isShown(written.token), limitMs, 200);
    if (due === 'old') await until('the sale is seen', () => isShown(), limitMs, 200);
    if (!(await isShown())) return 'no';
    return (await isShown(written.token)) ? 'yes' : 'old';
  };

  const paidInTheEnd = (orderId: string): void => {
    told.order({ orderId, status: ['fulfilled'], tickets: 1, chargedMinor: 4_500 });
    told.charged(card.cardId, 4_500);
  };

  for (const { name, go, comeBack } of failures) {
    it(`${name}: says what goes on, and all is there afterwards`, async () => {
      const [holds, pays, shows] = rows.get(name) ?? [];
      const { token } = (await shop.tokenOf(card)).body;
      const keys = { order: randomUUID(), payment: randomUUID() };
      const buyer = { email: `${keys.order}@example.com`, name: 'Ana Lima' };
      const order = (now: Shop) => now.order(saleId, { buyer }, keys.order);
      const pay = (now: Shop) => now.pay(orderId, token, keys.payment);
      const saleId = await shop.openSale();
      const early = await shop.order(saleId);
      const { orderId } = early.body;
      await seen(saleId, early, 'yes');
      try {
        await go(backbone);
        const held = await (holds === 'no' ? order(shop) : answered(() => shop, order, { limitMs }));
        const paid = await (pays === 'no' ? pay(shop) : answered(() => shop, pay, { limitMs }));
        const shown = await seen(saleId, held, shows);
        expect([holds, pays, shows]).to.deep.equal([ofCommand(held), ofCommand(paid), shown]);
      } finally {
        await comeBack(backbone);
      }
      const placed = await answered(() => shop, order, { limitMs });
      expect((await answered(() => shop, pay, { limitMs })).status).to.be.oneOf([201, 202]);
      told.order({ orderId: placed.body.orderId, tickets: 0, chargedMinor: 0 });
      paidInTheEnd(orderId);
      await shop.orderBecomes(orderId, 'fulfilled', limitMs);
      const showsBoth = async (): Promise<boolean> => {
        const { held, sold } = await shop.saleOf(saleId);
        return held === 1 && sold === 1;
      };
      await until('the sale shows both', showsBoth, limitMs, 200);
    });
  }

  it('an event store behind a slow line makes commands slow, and nothing else', async () => {
    const link = await startSlowLink(backbone.eventStore.port, { delayMs: 50, bytesPerSecond: 100_000 });
    const slow = backbone.another('command-api', { EVENTSTORE_URL: `esdb://127.0.0.1:${link.port}?tls=false` });
    try {
      await slow.restart();
      const own = new Shop(slow.server.api);
      const saleId = await own.openSale();
      const { orderId } = (await own.order(saleId)).body;
      const { token } = (await shop.tokenOf(card)).body;
      expect((await own.pay(orderId, token)).status).to.be.oneOf([201, 202]);
      paidInTheEnd(orderId);
      await shop.orderBecomes(orderId, 'fulfilled', limitMs);
    } finally {
      await slow.kill();
      await link.close();
    }
  });

  it('after all that, events, topics, views and answers say the same', async () => {
    for (const orderId of told.orderIds) await orderAtRest(() => shop, orderId);
    expect((await auditBackbone(backbone, told.expectations())).findings).to.deep.equal([]);
  });
});
