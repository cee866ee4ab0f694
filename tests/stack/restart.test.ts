import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import type { Reply, Schemas } from '../../src/infrastructure/http/client/api-client.js';
import { newFolder, removeFolder } from '../support/platform.js';
import { ServerProcess } from '../support/server-process.js';
import { storedEvents } from '../support/stored-events.js';
import { until } from '../support/until.js';

const ends: Readonly<Record<string, (server: ServerProcess) => Promise<unknown>>> = {
  SIGTERM: async (server) => expect(await server.stop()).to.equal(0),
  'kill -9': (server) => server.kill(),
};

/** Resident set of a whole platform in one process, with the pages of Node itself. */
const idleLimitMb = 150;

/** A request under its key, and what it was answered. */
interface Keyed {
  readonly path: string;
  readonly body?: object;
  readonly key: string;
  readonly reply: Reply<unknown>;
}

const residentMb = async (pid: number): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
};

/** What clients know of a server before it ends. */
class Clients {
  readonly kept: Keyed[] = [];

  private constructor(private readonly server: ServerProcess) {}

  static of(server: ServerProcess): Clients {
    return new Clients(server);
  }

  async post<Body>(path: string, body?: object): Promise<Reply<Body>> {
    const key = randomUUID();
    const reply = await this.server.api.send<Body>('POST', path, { key, ...(body !== undefined && { body }) });
    if (reply.status >= 500) throw new Error(`answered ${reply.status}: ${reply.text}`);
    this.kept.push({ path, key, reply, ...(body !== undefined && { body }) });
    return reply;
  }

  /** A card, told once. */
  async card(): Promise<Schemas['IssuedCard']> {
    const limit = { amountMinor: 1_000_000, currency: 'EUR' };
    return (await this.post<Schemas['IssuedCard']>('/bank/v1/cards', { holder: 'Ana Lima', limit })).body;
  }

  async order(saleId: string): Promise<Schemas['OrderSummary']> {
    const buyer = { email: 'ana@example.com', name: 'Ana Lima' };
    return (await this.post<Schemas['OrderSummary']>('/v1/orders', { saleId, quantity: 1, buyer })).body;
  }

  async tokenOf(card: Schemas['IssuedCard']): Promise<string> {
    const { number, expiryMonth, expiryYear, securityCode } = card;
    const typed = { number, expiryMonth, expiryYear, securityCode };
    return (await this.server.api.post('/bank/v1/tokens', { body: typed })).body.token;
  }

  async paid(saleId: string, card: Schemas['IssuedCard']): Promise<Reply<Schemas['Payment']>> {
    const { orderId } = await this.order(saleId);
    const cardToken = await this.tokenOf(card);
    return this.post<Schemas['Payment']>(`/v1/orders/${orderId}/payments`, { cardToken });
  }

  /** The same requests under the same keys get the same bytes. */
  async expectSameAnswers(now: ServerProcess): Promise<void> {
    for (const { path, body, key, reply } of this.kept) {
      const again = await now.api.send('POST', path, { key, ...(body !== undefined && { body }) });
      expect([again.status, again.text], path).to.deep.equal([reply.status, reply.text]);
      expect(again.headers.get('idempotency-replayed'), path).to.equal('true');
    }
  }
}

describe('a server that ends and starts again', function () {
  this.timeout(60_000);
  let folder: string;
  let server: ServerProcess;

  beforeEach(async () => {
    folder = await newFolder();
    server = await ServerProcess.start(folder);
  });

  afterEach(async () => {
    await server.stop();
    await removeFolder(folder);
  });

  const typesOf = async (stream: string): Promise<readonly string[]> =>
    (await storedEvents(folder, stream)).map(({ type }) => type);

  for (const [name, end] of Object.entries(ends)) {
    it(`by ${name}: holds, orders, answers, cursors, tokens and cards are as they were`, async () => {
      const clients = Clients.of(server);
      const saleId = await server.shop.openSale();
      const card = await clients.card();
      const cardToken = await clients.tokenOf(card);
      const held = await clients.order(saleId);
      for (let payment = 0; payment < 2; payment++) await clients.paid(saleId, card);
      const { token } = await clients.paid(saleId, card);
      const statement = `/v1/cards/${card.cardId}/statement`;
      const linesOf = async () => (await server.shop.statementOf(card.cardId, token)).items;
      const booked = async () => (await linesOf()).filter(({ status }) => status === 'booked').length === 3;
      await until('three payments are booked', booked);
      const before = await linesOf();
      const page = (
        await server.api.get('/v1/cards/{cardId}/statement', { params: { cardId: card.cardId }, query: { limit: 1 } })
      ).body;
      const last = await clients.paid(saleId, card);
      const { orderId } = last.body;
      const tickets = await server.shop.ticketsOf(orderId, last.token);
      const short = await server.shop.openSale({ capacity: 1, holdSeconds: 2 });
      const lapsing = await clients.order(short);

      await end(server);
      server = await ServerProcess.start(folder);

      await clients.expectSameAnswers(server);
      const { shop, api } = server;
      expect(await shop.orderOf(orderId, last.token)).to.include({ status: 'fulfilled' });
      expect(await shop.ticketsOf(orderId, last.token)).to.deep.equal(tickets);
      expect(await shop.saleOf(saleId, last.token)).to.include({ held: 1, sold: 4, free: 5 });
      const pages: string[] = [];
      for (let { next } = page; next !== undefined; ) {
        const following: Schemas['Statement'] = (await api.send<Schemas['Statement']>('GET', next)).body;
        pages.push(...following.items.map(({ lineId }) => lineId));
        next = following.next;
      }
      expect(pages).to.deep.equal(before.slice(1).map(({ lineId }) => lineId));

      expect((await shop.pay(held.orderId, cardToken)).status).to.equal(201);
      await shop.orderBecomes(lapsing.orderId, 'expired');
      await until('the place is free again', async () => (await shop.saleOf(short)).free === 1);
      expect(await shop.saleOf(short)).to.include({ free: 1, held: 0 });
      await expectSecretsAreNotTold(card, [`/v1/orders/${orderId}`, statement, `/v1/orders/${held.orderId}`]);
      expect(await server.stop()).to.equal(0);
      const lapses = (await typesOf(`sale-${short}`)).filter((type) => type === 'HoldLapsed');
      const expiries = (await typesOf(`order-${lapsing.orderId}`)).filter((type) => type === 'OrderExpired');
      expect([lapses.length, expiries.length]).to.deep.equal([1, 1]);
    });
  }

  /** The one answer that tells them is that to the request which issued the card, sent again under its own key. */
  const expectSecretsAreNotTold = async (card: Schemas['IssuedCard'], paths: readonly string[]): Promise<void> => {
    const limit = { amountMinor: 1_000_000, currency: 'EUR' };
    const another = await server.api.post('/bank/v1/cards', { body: { holder: 'Ana Lima', limit } });
    expect(another.body.number).not.to.equal(card.number);
    for (const path of paths) expect((await server.api.send('GET', path)).text, path).not.to.include(card.number);
    expect(server.output).not.to.include(card.number);
  };

  it('by SIGTERM under load: exit code 0, and what was answered is there', async () => {
    const saleId = await server.shop.openSale({ capacity: 1_000, perPersonLimit: 100 });
    let answered = 0;
    const orders = Array.from({ length: 200 }, async () => {
      const reply = await server.shop.order(saleId).catch((cause: unknown) => {
        // What fetch says of a connection that is refused or cut.
        if (cause instanceof TypeError) return undefined;
        throw cause;
      });
      if (reply?.status === 201) answered += 1;
      return reply;
    });
    await until('some are answered', () => answered > 0);
    const code = await server.stop();
    const placed = (await Promise.all(orders)).filter((reply) => reply?.status === 201);
    expect(code).to.equal(0);
    server = await ServerProcess.start(folder);
    const { held, free } = await server.shop.saleOf(saleId, placed.at(-1)?.token);
    expect(held + free).to.equal(1_000);
    expect(held).to.be.within(placed.length, 200);
    for (const reply of placed.slice(-5)) {
      const { orderId } = reply?.body ?? { orderId: '' };
      expect(await server.shop.orderOf(orderId, reply?.token)).to.include({ status: 'awaiting_payment' });
    }
  });

  it(`idle after a purchase it takes at most ${idleLimitMb} MB of memory`, async () => {
    const { shop } = server;
    const card = await shop.issueCard();
    const { order } = await shop.buy(await shop.openSale(), card);
    expect(order.status).to.equal('fulfilled');
    const tickets = await shop.ticketsOf(order.orderId);
    expect(tickets).to.have.length(1);
    const booked = async () => (await shop.statementOf(card.cardId)).items[0]?.status === 'booked';
    await until('the payment is booked', booked);
    let seenMb = 0;
    const isSmall = async (): Promise<boolean> => {
      seenMb = await residentMb(server.pid);
      return seenMb > 20 && seenMb <= idleLimitMb;
    };
    await until('the process has come to rest', isSmall).catch((cause: unknown) => {
      throw new Error(`${seenMb} MB are resident`, { cause });
    });
  });
});
