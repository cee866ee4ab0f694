import { expect } from 'chai';
import fc from 'fast-check';
import { ApiClient } from '../../src/infrastructure/http/client/api-client.js';
import { type LocalPlatform, newFolder, removeFolder, startHere } from '../support/platform.js';
import { Shop } from '../support/shop.js';
import { type SlowLink, startSlowLink } from '../support/slow-link.js';
import { UnfinishedRequest } from '../support/unfinished-request.js';
import { until } from '../support/until.js';

/** Bodies that never come to their end, one a connection. */
const stalledBodies = 40;

/** 32 kbit/s, and 800 ms there and back. */
const slow = { delayMs: 400, bytesPerSecond: 4_000 };
const buyer = { email: 'ana@example.com', name: 'Ana Lima' };

/** Up and down, headers included, of each step of a purchase. */
const budgetBytes = { order: 1_300, token: 1_300, payment: 1_550, status: 1_500, tickets: 1_150 } as const;
type BuyingStep = keyof typeof budgetBytes;

describe('buyers on slow links', function () {
  this.timeout(60_000);
  let platform: LocalPlatform;
  let fast: Shop;
  const links: SlowLink[] = [];
  const open: UnfinishedRequest[] = [];
  const stalled: UnfinishedRequest[] = [];
  let stalledSaleId: string;

  before(async () => {
    platform = await startHere(await newFolder());
    fast = platform.shop;
    stalledSaleId = await fast.openSale({ capacity: 60 });
    for (let count = 0; count < stalledBodies; count++) stalled.push(await begin(stalledSaleId));
  });

  afterEach(async () => {
    await Promise.all(links.splice(0).map((link) => link.close()));
  });

  after(async () => {
    for (const request of open) request.close();
    await platform.stop();
    await removeFolder(platform.folder);
  });

  const link = async (): Promise<{ readonly shop: Shop; readonly passed: SlowLink['passed'] }> => {
    const made = await startSlowLink(Number(new URL(platform.url).port), slow);
    links.push(made);
    return { shop: new Shop(new ApiClient(`http://127.0.0.1:${made.port}`)), passed: made.passed };
  };

  const begin = async (saleId: string): Promise<UnfinishedRequest> => {
    const request = await UnfinishedRequest.begin(platform.url, '/v1/orders', { buyer, saleId, quantity: 1 });
    open.push(request);
    return request;
  };

  const answered = async (request: UnfinishedRequest): Promise<number | undefined> => {
    await until('a request is answered', () => request.status !== undefined);
    return request.status;
  };

  it('bodies that do not come to an end hold nobody up', async () => {
    const card = await fast.issueCard();
    const bought = await Promise.all(Array.from({ length: 10 }, () => fast.buy(stalledSaleId, card)));
    for (const { order } of bought) expect(order.status).to.equal('fulfilled');
    // All of them began before, and all of them still wait.
    expect(stalled.map(({ answer }) => answer)).to.deep.equal(stalled.map(() => ''));
  });

  it('served in the order in which requests are complete, whenever they began', async () => {
    const capacity = 6;
    const saleId = await fast.openSale({ capacity });
    const began: UnfinishedRequest[] = [];
    for (let count = 0; count < 12; count++) began.push(await begin(saleId));
    const [order = []] = fc.sample(fc.shuffledSubarray(began, { minLength: began.length }), { numRuns: 1, seed: 7 });
    const statuses: (number | undefined)[] = [];
    for (const request of order) {
      request.finish();
      statuses.push(await answered(request));
    }
    expect(order).not.to.deep.equal(began);
    expect(statuses).to.deep.equal(order.map((_, index) => (index < capacity ? 201 : 409)));
  });

  it('a place is kept for who was first, however slowly the answer and the payment travel', async () => {
    const saleId = await fast.openSale({ capacity: 2, holdSeconds: 30 });
    const [quick, slow] = [await fast.testCard('4242424242424242'), await fast.testCard('4242424242424242')];
    const { shop } = await link();
    let isTold = false;
    const first = shop.order(saleId).finally(() => {
      isTold = true;
    });
    const held = async (): Promise<boolean> => (await fast.saleOf(saleId)).held === 1;
    await until('the slow request has been served', held);
    expect((await fast.buy(saleId, quick)).order.status).to.equal('fulfilled');
    expect(isTold, 'the slow buyer knows already').to.equal(false);
    const { orderId } = (await first).body;
    let isPaid = false;
    const payment = shop.pay(orderId, slow).finally(() => {
      isPaid = true;
    });
    const tries = new Set<string>();
    while (!isPaid) {
      const late = await fast.order(saleId);
      tries.add(`${late.status} ${late.problem.code}`);
    }
    expect([...tries]).to.deep.equal(['409 sold_out']);
    expect((await payment).body).to.include({ status: 'paid', orderStatus: 'fulfilled' });
    const sold = async (): Promise<boolean> => (await fast.saleOf(saleId)).sold === 2;
    await until('both are sold', sold);
  });

  it('a whole purchase within its hold at 32 kbit/s and 800 ms, in few bytes (TIX-6)', async () => {
    const saleId = await fast.openSale({ holdSeconds: 20 });
    const { shop, passed } = await link();
    const bytes: Partial<Record<BuyingStep, number>> = {};
    const step = async <Body>(name: BuyingStep, act: () => Promise<Body>): Promise<Body> => {
      const before = passed.up + passed.down;
      const result = await act();
      bytes[name] = passed.up + passed.down - before;
      return result;
    };
    const order = await step('order', async () => (await shop.order(saleId, { buyer })).body);
    const typed = { number: '4242424242424242', expiryMonth: 12, expiryYear: 2035, securityCode: '123' };
    const card = await step('token', async () => (await shop.api.post('/bank/v1/tokens', { body: typed })).body);
    const paid = await step('payment', () => shop.pay(order.orderId, card.token));
    expect([paid.status, paid.body.orderStatus]).to.deep.equal([201, 'fulfilled']);
    const seen = await step('status', () => shop.orderOf(order.orderId, paid.token));
    const tickets = await step('tickets', () => shop.ticketsOf(order.orderId, paid.token));
    expect([seen.status, tickets.length]).to.deep.equal(['fulfilled', 1]);
    const steps: readonly BuyingStep[] = ['order', 'token', 'payment', 'status', 'tickets'];
    for (const name of steps) {
      expect(bytes[name], `bytes of ${name}, of ${JSON.stringify(bytes)}`).to.be.within(1, budgetBytes[name]);
    }
  });

  it('a body that does not come to an end is told 408 in the end, and has done nothing', async () => {
    for (const request of stalled) {
      await until('a body that does not end is refused', () => request.status !== undefined, 20_000);
    }
    expect(new Set(stalled.map(({ status }) => status))).to.deep.equal(new Set([408]));
    expect(stalled[0]?.answer).to.include('"code":"request_timeout"').and.include('"field":"body"');
    const { free, held, sold } = await fast.saleOf(stalledSaleId);
    expect({ free, held, sold }).to.deep.equal({ free: 50, held: 0, sold: 10 });
  });
});
