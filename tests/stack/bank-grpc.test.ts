import { randomUUID } from 'node:crypto';
import { status as grpcStatus } from '@grpc/grpc-js';
import { expect } from 'chai';
import { availableMinor } from '../../src/domain/banking/card-state.js';
import { type BankClientOptions, GrpcBank } from '../../src/infrastructure/payments/grpc/bank-client.js';
import { type BankServer, serveBank } from '../../src/infrastructure/payments/grpc/bank-server.js';
import { accountOf, bankOn, euros, issue, type TestBank, tokenFor, tokenOfTestCard } from '../support/bank.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';

const host = '127.0.0.1';

const callOf = (cardToken: string, amountMinor = 2_500) => ({
  transactionId: randomUUID(),
  cardToken,
  amount: euros(amountMinor),
  description: 'Opera',
});

const holdable = () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { held: promise, release: resolve };
};

describe('the bank through gRPC', function () {
  this.timeout(20_000);
  let bank: TestBank;
  let server: BankServer;
  let proxy: TcpProxy;
  let clients: GrpcBank[];
  let unanswered: unknown[];
  let heard: string[];

  const clientOf = (options: Partial<BankClientOptions> = {}): GrpcBank => {
    const onUnanswered = (_: string, reason: unknown) => void unanswered.push(reason);
    const client = new GrpcBank({ address: `${host}:${proxy.port}`, onUnanswered, ...options });
    clients.push(client);
    return client;
  };

  beforeEach(async () => {
    clients = [];
    unanswered = [];
    bank = bankOn();
    heard = [];
    const onCall = (...told: string[]) => void heard.push(told.join(' '));
    server = await serveBank(bank.payments, { host, port: 0, onCall });
    proxy = await startTcpProxy(server.port);
  });

  afterEach(async () => {
    bank.store.beforeAppend = () => undefined;
    for (const client of clients) client.close();
    await proxy.close();
    await server.close(0);
  });

  describe('answers (PAY-22)', () => {
    const declinedAs = (code: string, networkCode: string) =>
      ({ status: 'declined', code, networkCode, mayRetry: false }) as const;

    it('approved: the balance falls by the exact amount when it is captured', async () => {
      const client = clientOf();
      const issued = await issue(bank, 10_000);
      const call = callOf(tokenFor(bank, issued), 2_501);
      const { cardId, brand, lastFour } = issued;
      const card = { cardId, brand, lastFour };
      expect(await client.authorise(call)).to.deep.equal({ status: 'authorised', card });
      expect(availableMinor(accountOf(bank, cardId))).to.equal(7_499);
      expect(await client.capture(call)).to.deep.equal({ status: 'captured', card });
      expect(accountOf(bank, cardId).balanceMinor).to.equal(-2_501);
      expect(await client.inquire(call)).to.deep.equal({ status: 'captured', card });
      expect(heard).to.deep.equal([
        `authorise ${call.transactionId} authorised`,
        `capture ${call.transactionId} captured`,
        `inquire ${call.transactionId} captured`,
      ]);
    });

    it('over the limit', async () => {
      const issued = await issue(bank, 2_499);
      expect(await clientOf().authorise(callOf(tokenFor(bank, issued)))).to.deep.equal(declinedAs('over_limit', '51'));
      expect(availableMinor(accountOf(bank, issued.cardId))).to.equal(2_499);
    });

    it('expired since its token was made', async () => {
      const issued = await issue(bank);
      bank.clock.time = Date.UTC(issued.expiryYear, issued.expiryMonth, 1) - 1;
      const token = tokenFor(bank, issued);
      bank.clock.time += 1;
      expect(await clientOf().authorise(callOf(token))).to.deep.equal(declinedAs('card_expired', '54'));
    });

    it('another expiry than the card has', async () => {
      const issued = await issue(bank);
      const token = tokenFor(bank, { ...issued, expiryYear: issued.expiryYear + 1 });
      expect(await clientOf().authorise(callOf(token))).to.deep.equal(declinedAs('expiry_wrong', '54'));
    });

    it('wrong security code', async () => {
      const issued = await issue(bank);
      const token = tokenFor(bank, { ...issued, securityCode: issued.securityCode === '000' ? '001' : '000' });
      expect(await clientOf().authorise(callOf(token))).to.deep.equal(declinedAs('security_code_wrong', 'N7'));
    });

    it('unknown card', async () => {
      const typed = { number: '4111111111111111', expiryMonth: 1, expiryYear: 2030, securityCode: '123' };
      const call = callOf(tokenFor(bank, typed));
      expect(await clientOf().authorise(call)).to.deep.equal(declinedAs('unknown_card', '14'));
    });

    it('voided, refunded, refused, not found, action required', async () => {
      const client = clientOf();
      const issued = await issue(bank);
      const [kept, given] = [callOf(tokenFor(bank, issued)), callOf(tokenFor(bank, issued))];
      expect(await client.inquire(kept)).to.deep.equal({ status: 'not_found' });
      await client.authorise(kept);
      await client.capture(kept);
      await client.authorise(given);
      expect(await client.void(given)).to.deep.equal({ status: 'voided' });
      const refund = { transactionId: kept.transactionId, refundId: 'r-1', amount: euros(2_000) };
      expect(await client.refund(refund)).to.deep.equal({ status: 'refunded' });
      expect(await client.refund(refund)).to.deep.equal({ status: 'refunded' });
      expect(await client.refund({ ...refund, refundId: 'r-2' })).to.deep.equal({
        status: 'refused',
        code: 'refund_exceeds_captured',
      });
      const confirmed = callOf(tokenOfTestCard(bank, '4000002500003155'));
      expect(await client.authorise(confirmed)).to.deep.equal({
        status: 'action_required',
        actionUrl: `/bank/v1/transactions/${confirmed.transactionId}/confirmations`,
      });
    });
  });

  it('the same id ten times at once: one charge, ten equal answers (PAY-23)', async () => {
    const client = clientOf();
    const issued = await issue(bank);
    const call = callOf(tokenFor(bank, issued));
    const answers = await Promise.all(Array.from({ length: 10 }, () => client.authorise(call)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).to.equal(1);
    expect(answers[0]?.status).to.equal('authorised');
    expect(accountOf(bank, issued.cardId).reservedMinor).to.equal(2_500);
  });

  it('an answer after the deadline is unknown, and an inquiry tells it later, once (PAY-21)', async () => {
    const client = clientOf({ deadlineMs: 150 });
    const patient = clientOf();
    const issued = await issue(bank);
    const call = callOf(tokenFor(bank, issued));
    const { held, release } = holdable();
    bank.store.beforeAppend = (_, [event]) => (event?.type === 'AmountReserved' ? held : undefined);
    expect(await client.authorise(call)).to.deep.equal({ status: 'unknown' });
    expect(bank.store.typesOf(`transaction-${call.transactionId}`)).to.deep.equal(['TransactionRequested']);
    release();
    for (const _ of [1, 2, 3]) expect((await patient.inquire(call)).status).to.equal('authorised');
    expect(bank.store.typesOf(`card-${issued.cardId}`)).to.deep.equal(['CardIssued', 'AmountReserved']);
    expect(bank.store.typesOf(`transaction-${call.transactionId}`)).to.deep.equal([
      'TransactionRequested',
      'TransactionAuthorised',
    ]);
  });

  it('refuses what it can not read, naming the field, and keeps nothing of it', async () => {
    const client = clientOf();
    const good = callOf(tokenOfTestCard(bank, '4242424242424242'));
    const cases = [
      [{ transactionId: '' }, 'transaction_id'],
      [{ transactionId: 'a b' }, 'transaction_id'],
      [{ transactionId: 'x'.repeat(101) }, 'transaction_id'],
      [{ cardToken: '' }, 'card_token'],
      [{ amount: euros(0) }, 'amount.amount_minor'],
      [{ amount: euros(-1) }, 'amount.amount_minor'],
      [{ amount: euros(1_000_000_000_000_000) }, 'amount.amount_minor'],
      [{ amount: { amountMinor: 1, currency: 'euro' } }, 'amount.currency'],
      [{ description: 'x'.repeat(201) }, 'description'],
      [{ description: 'a\u0000b' }, 'description'],
    ] as const;
    for (const [other, field] of cases) {
      expect(await client.authorise({ ...good, ...other })).to.deep.equal({ status: 'unknown' });
      const reason = unanswered.at(-1);
      expect(reason).to.have.property('code', grpcStatus.INVALID_ARGUMENT);
      expect(reason).to.have.property('details').that.includes(field);
    }
    expect(bank.store.all).to.deep.equal([]);
    expect(client.breaker).to.equal('closed');
    await client.authorise(good);
    await client.authorise({ ...good, amount: euros(1) });
    expect(unanswered.at(-1)).to.have.property('code', grpcStatus.ALREADY_EXISTS);
    expect(heard.at(-1)).to.equal(`authorise ${good.transactionId} ALREADY_EXISTS`);
  });

  it('carries who asked into the events', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const client = clientOf({ context: () => ({ correlationId: 'order-1', traceparent }) });
    await client.authorise(callOf(tokenOfTestCard(bank, '4242424242424242')));
    expect(bank.store.all).to.have.length(4);
    for (const { metadata } of bank.store.all) {
      expect(JSON.parse(metadata)).to.deep.include({ correlationId: 'order-1', traceparent });
    }
  });

  describe('connection', () => {
    it('1,000 calls take one, and a restarted bank is found again by the same client (PAY-30)', async () => {
      const client = clientOf();
      for (let done = 0; done < 1_000; done += 50) {
        const answers = await Promise.all(Array.from({ length: 50 }, () => client.inquire({ transactionId: 't' })));
        for (const answer of answers) expect(answer.status).to.equal('not_found');
      }
      expect(proxy.connections).to.equal(1);
      await server.close(0);
      server = await serveBank(bank.payments, { host, port: 0 });
      proxy.target = server.port;
      await until(
        'the client is back',
        async () => (await client.inquire({ transactionId: 't' })).status !== 'unknown',
      );
      for (let done = 0; done < 20; done++) {
        expect((await client.inquire({ transactionId: 't' })).status).to.equal('not_found');
      }
      expect(proxy.connections).to.equal(2);
    });

    it('is HTTP/2, and 50 calls at once overlap on it', async () => {
      const client = clientOf();
      const { held, release } = holdable();
      let underWay = 0;
      bank.store.beforeAppend = (_, [event]) => {
        if (event?.type !== 'TransactionRequested') return undefined;
        underWay += 1;
        return held;
      };
      const tokenOf = (): string => tokenOfTestCard(bank, '4242424242424242');
      const calls = Array.from({ length: 50 }, () => client.authorise(callOf(tokenOf())));
      await until('all 50 calls are under way at once', () => underWay === 50);
      release();
      for (const answer of await Promise.all(calls)) expect(answer.status).to.equal('authorised');
      expect(proxy.connections).to.equal(1);
      expect(proxy.firstBytes[0]?.subarray(0, 24).toString('latin1')).to.equal('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    });
  });

  describe('a bank that hangs (OPS-13)', () => {
    it('ends each call at its deadline, opens the breaker, and closes it when the bank is back', async () => {
      const client = clientOf({ deadlineMs: 200, breakAfter: 3, breakMs: 100 });
      const call = { transactionId: 't' };
      expect((await client.inquire(call)).status).to.equal('not_found');
      proxy.hang();
      for (let tried = 0; tried < 3; tried++) {
        expect(await client.inquire(call)).to.deep.equal({ status: 'unknown' });
        expect(unanswered.at(-1)).to.have.property('code', grpcStatus.DEADLINE_EXCEEDED);
      }
      expect(client.breaker).to.equal('open');
      const asked = unanswered.length;
      expect(await client.inquire(call)).to.deep.equal({ status: 'unknown' });
      expect(unanswered[asked]).to.have.property('isBrokenCircuitError', true);
      proxy.flow();
      await until('the breaker closes', async () => (await client.inquire(call)).status === 'not_found');
      expect(client.breaker).to.equal('closed');
    });

    it('has as many calls wait as are under way, and takes no more (OPS-13)', async () => {
      const client = clientOf({ deadlineMs: 300, maxInFlight: 2 });
      proxy.hang();
      expect(client.isFull).to.equal(false);
      const calls = Array.from({ length: 5 }, () => client.inquire({ transactionId: 't' }));
      expect(client.isFull).to.equal(true);
      for (const answer of await Promise.all(calls)) expect(answer).to.deep.equal({ status: 'unknown' });
      const rejected = unanswered.filter((reason) => Reflect.has(Object(reason), 'isBulkheadRejectedError'));
      expect(rejected).to.have.length(1);
      expect(client.isFull).to.equal(false);
    });

    it('makes a call that had to wait once another has ended', async () => {
      const client = clientOf({ maxInFlight: 2 });
      const { held, release } = holdable();
      const asked: string[] = [];
      bank.store.beforeAppend = (stream, [event]) => {
        if (event?.type !== 'TransactionRequested') return undefined;
        asked.push(stream);
        return held;
      };
      const tokenOf = (): string => tokenOfTestCard(bank, '4242424242424242');
      const calls = Array.from({ length: 4 }, () => client.authorise(callOf(tokenOf())));
      await until('two calls are under way', () => asked.length === 2);
      expect(client.isFull).to.equal(true);
      release();
      for (const answer of await Promise.all(calls)) expect(answer.status).to.equal('authorised');
      expect(client.isFull).to.equal(false);
    });

    it('a bank that is not there is unknown, never an error', async () => {
      const client = clientOf({ address: `${host}:1`, deadlineMs: 500 });
      const call = callOf('tok_x');
      expect(await client.authorise(call)).to.deep.equal({ status: 'unknown' });
      expect(await client.refund({ ...call, refundId: 'r' })).to.deep.equal({ status: 'unknown' });
    });
  });
});
