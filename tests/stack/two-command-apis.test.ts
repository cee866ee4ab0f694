import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { Reply } from '../../src/infrastructure/http/client/api-client.js';
import { Backbone } from '../support/backbone.js';
import { auditBackbone } from '../support/backbone-audit.js';
import { answered } from '../support/crowd.js';
import { Acknowledged } from '../support/customers.js';
import { orderAtRest } from '../support/order-at-rest.js';
import { describeKafka } from '../support/servers.js';
import type { Shop } from '../support/shop.js';
import { until } from '../support/until.js';

const processes = { bank: 1, 'command-api': 2, 'worker,relay,projector,query-api': 1 };

/** Each refusal names its own request; where answers can't be kept at the moment there are two. */
const saidBy = ({ text }: Reply<unknown>): object => ({ ...JSON.parse(text), traceId: '' });

describeKafka('two command APIs on one event store', function () {
  this.timeout(180_000);
  let backbone: Backbone;
  let shops: readonly Shop[];

  before(async () => {
    backbone = await Backbone.start({ processes });
    shops = backbone.with('command-api').map(({ server }) => server.shop);
  });

  after(() => backbone.stop());

  /** The same request under the same key to both at once, each repeated until it is answered. */
  const both = async <Body>(call: (shop: Shop) => Promise<Reply<Body>>): Promise<Reply<Body>> => {
    const [left, right] = await Promise.all(shops.map((shop) => answered(() => shop, call)));
    if (left === undefined || right === undefined) throw new Error('there are not two');
    expect([right.status, saidBy(right)]).to.deep.equal([left.status, saidBy(left)]);
    return left;
  };

  it('sell each place once; a key that both get at once has one effect and one answer', async () => {
    const [capacity, buyers] = [40, 60];
    const saleId = await backbone.shop.openSale({ capacity });
    const card = await backbone.shop.issueCard();
    const told = new Acknowledged([card]);
    const buy = async (): Promise<number> => {
      const [orderKey, paymentKey] = [randomUUID(), randomUUID()];
      const buyer = { email: `${orderKey}@example.com`, name: 'Ana Lima' };
      const placed = await both((shop) => shop.order(saleId, { buyer }, orderKey));
      if (placed.status === 409) {
        expect(placed.problem.code).to.equal('sold_out');
        return 409;
      }
      const { orderId } = placed.body;
      const { token } = (await backbone.shop.tokenOf(card)).body;
      const paid = await both((shop) => shop.pay(orderId, token, paymentKey));
      expect(paid.status).to.be.oneOf([201, 202]);
      told.order({ orderId, status: ['fulfilled'], tickets: 1, chargedMinor: 4_500 });
      told.charged(card.cardId, 4_500);
      return placed.status;
    };
    const statuses = await Promise.all(Array.from({ length: buyers }, buy));
    expect(statuses.filter((status) => status === 201)).to.have.length(capacity);
    for (const orderId of told.orderIds) await orderAtRest(() => backbone.shop, orderId);
    expect(told.sold).to.equal(capacity);
    expect((await auditBackbone(backbone, told.expectations())).findings).to.deep.equal([]);
  });

  it('one dies in the middle of a payment: the repeat to the other is answered, and paid once', async () => {
    const [first, second] = backbone.with('command-api');
    const [bank] = backbone.with('bank');
    if (first === undefined || second === undefined || bank === undefined) throw new Error('they did not start');
    const { shop } = first.server;
    const saleId = await shop.openSale();
    const card = await backbone.shop.issueCard();
    const { orderId } = (await shop.order(saleId)).body;
    const key = randomUUID();
    bank.server.freeze();
    const lost = shop.pay(orderId, card.token, key).catch((cause: unknown) => cause);
    await until('the payment has begun', async () => {
      const events = await backbone.store.read(`order-${orderId}`);
      return events.some(({ type }) => type === 'PaymentStarted');
    });
    await first.kill();
    bank.server.resume();
    expect(await lost).to.be.instanceOf(TypeError);
    const paid = await answered(
      () => second.server.shop,
      (now) => now.pay(orderId, card.token, key),
      { limitMs: 30_000 },
    );
    expect(paid.status).to.be.oneOf([201, 202]);
    await backbone.shop.orderBecomes(orderId, 'fulfilled');
    await until('the purchase is booked', async () => {
      const { items } = await backbone.shop.statementOf(card.cardId);
      return items.map(({ status }) => status).join() === 'booked';
    });
  });
});
