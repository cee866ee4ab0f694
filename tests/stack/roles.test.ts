import { expect } from 'chai';
import type { Reply, Schemas } from '../../src/infrastructure/http/client/api-client.js';
import { boxoffice } from '../support/cli.js';
import { newFolder, removeFolder } from '../support/platform.js';
import { type ServeOptions, ServerProcess } from '../support/server-process.js';
import { storedEvents } from '../support/stored-events.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';

const shopRoles = 'command-api,query-api,projector,worker';

describe('roles in processes of their own', function () {
  this.timeout(90_000);
  const folders: string[] = [];
  const servers: ServerProcess[] = [];

  const folder = async (): Promise<string> => {
    const made = await newFolder();
    folders.push(made);
    return made;
  };

  const start = async (where: string, options: ServeOptions): Promise<ServerProcess> => {
    const server = await ServerProcess.start(where, options);
    servers.push(server);
    return server;
  };

  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop()));
    await Promise.all(folders.splice(0).map(removeFolder));
  });

  describe('a bank alone, and all else in another process that has only its address', () => {
    let bankFolder: string;
    let bank: ServerProcess;
    let proxy: TcpProxy;
    let platform: ServerProcess;

    const startBank = () => start(bankFolder, { roles: 'bank', settings: { BOXOFFICE_LOG_LEVEL: 'debug' } });

    beforeEach(async () => {
      bankFolder = await folder();
      bank = await startBank();
      proxy = await startTcpProxy(bank.ready.bankPort ?? 0);
      const settings = { BOXOFFICE_BANK: `127.0.0.1:${proxy.port}`, BOXOFFICE_BANK_DEADLINE_MS: '700' };
      platform = await start(await folder(), { roles: shopRoles, settings });
    });

    afterEach(() => proxy.close());

    const card = async (): Promise<Schemas['CardToken']> => {
      const limit = { amountMinor: 100_000, currency: 'EUR' };
      const body = { holder: 'Ana Lima', limit };
      const issued = (await bank.api.post('/bank/v1/cards', { body })).body;
      const { number, expiryMonth, expiryYear, securityCode } = issued;
      const typed = { number, expiryMonth, expiryYear, securityCode };
      return (await bank.api.post('/bank/v1/tokens', { body: typed })).body;
    };

    /** Amounts that a card was charged, as the bank itself has booked them. */
    const bookedOn = async (cardId: string): Promise<readonly number[]> => {
      const booked = (await storedEvents(bankFolder, `card-${cardId}`)).filter(({ type }) => type === 'AmountBooked');
      return booked.map(({ data }) => JSON.parse(data).amount.amountMinor);
    };

    const becomesBooked = (cardId: string): Promise<void> =>
      until(`card ${cardId} is charged`, async () => (await bookedOn(cardId)).length > 0, 20_000);

    it('a purchase works, and the bank logs its transaction (PAY-20)', async () => {
      const { token, cardId } = await card();
      const saleId = await platform.shop.openSale();
      const { orderId } = (await platform.shop.order(saleId)).body;
      const paid = await platform.shop.pay(orderId, token);
      expect([paid.status, paid.body.orderStatus]).to.deep.equal([201, 'fulfilled']);
      expect(await platform.shop.ticketsOf(orderId, paid.token)).to.have.length(1);
      await becomesBooked(cardId);
      expect(await bookedOn(cardId)).to.deep.equal([4_500]);
      const logged = (): boolean => bank.output.includes(`"transactionId":"${paid.body.paymentId}"`);
      await until('the bank has logged the transaction', logged);
      expect((await platform.api.send('GET', '/bank/v1/cards')).status).to.equal(404);
      expect((await bank.api.send('POST', '/v1/orders', { body: {} })).status).to.equal(404);
    });

    it('a bank that dies before it answers: 202, and after its restart paid once', async () => {
      const { token, cardId } = await card();
      const { orderId } = (await platform.shop.order(await platform.shop.openSale())).body;
      proxy.hang();
      const payment = platform.shop.pay(orderId, token);
      await bank.kill();
      const pending = await payment;
      expect([pending.status, pending.body.status]).to.deep.equal([202, 'pending']);
      expect((await platform.shop.pay(orderId, token)).problem).to.include({ code: 'payment_in_progress' });
      bank = await startBank();
      proxy.target = bank.ready.bankPort ?? 0;
      proxy.flow();
      await platform.shop.orderBecomes(orderId, 'fulfilled', 30_000);
      await becomesBooked(cardId);
      expect(await bookedOn(cardId)).to.deep.equal([4_500]);
    });

    it('a bank that dies amid many payments: each order ends, each card is charged once', async () => {
      const cards = await Promise.all(Array.from({ length: 12 }, card));
      const saleId = await platform.shop.openSale({ capacity: cards.length });
      const orders = await Promise.all(cards.map(async () => (await platform.shop.order(saleId)).body));
      const payments: Promise<Reply<Schemas['Payment']>>[] = [];
      for (const [index, { orderId }] of orders.entries()) {
        payments.push(platform.shop.pay(orderId, cards[index]?.token ?? ''));
      }
      await Promise.race(payments);
      await bank.kill();
      const statuses = (await Promise.all(payments)).map(({ status }) => status);
      for (const status of statuses) expect(status).to.be.oneOf([201, 202]);
      bank = await startBank();
      proxy.target = bank.ready.bankPort ?? 0;
      for (const { orderId } of orders) await platform.shop.orderBecomes(orderId, 'fulfilled', 40_000);
      for (const { cardId } of cards) {
        await becomesBooked(cardId);
        expect(await bookedOn(cardId)).to.deep.equal([4_500]);
      }
    });
  });

  it('without a bank, what takes payments does not start, and says what is missing', async () => {
    const where = await folder();
    const { code, err } = await boxoffice(where, ['serve', '--roles', 'command-api']);
    const message = 'boxoffice: command-api needs a bank: take the role bank too, or set BOXOFFICE_BANK\n';
    expect({ code, err }).to.deep.equal({ code: 1, err: message });
  });

  it('a query API beside a writer on the same folder answers reads, and goes on without it', async () => {
    const where = await folder();
    const writer = await start(where, {});
    const saleId = await writer.shop.openSale();
    const reader = await start(where, { roles: 'query-api' });
    const bought = await writer.shop.issueCard();
    const { order, token, tickets } = await writer.shop.buy(saleId, bought);
    expect(await reader.shop.orderOf(order.orderId, token)).to.include({ status: 'fulfilled' });
    expect(await reader.shop.ticketsOf(order.orderId, token)).to.deep.equal(tickets);
    expect(await reader.shop.saleOf(saleId, token)).to.include({ sold: 1, free: 9 });
    expect((await reader.shop.order(saleId)).status).to.equal(404);
    const statement = await reader.shop.statementOf(bought.cardId, token);
    expect(statement.items).to.have.length(1);
    expect(await writer.stop()).to.equal(0);
    expect(await reader.shop.orderOf(order.orderId)).to.include({ status: 'fulfilled' });
    expect(await reader.stop()).to.equal(0);
  });

  it('a second writer on a folder is refused, and the first is named', async () => {
    const where = await folder();
    const first = await start(where, {});
    const { code, err } = await boxoffice(where, ['serve']);
    expect({ code, err }).to.deep.equal({ code: 1, err: `boxoffice: ${where} is in use by process ${first.pid}\n` });
    expect((await first.shop.openSale()).length).to.be.above(0);
  });
});
