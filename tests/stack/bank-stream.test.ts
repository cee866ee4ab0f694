import { randomUUID } from 'node:crypto';
import { Client, type ClientDuplexStream, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { type BankClientOptions, GrpcBank } from '../../src/infrastructure/payments/grpc/bank-client.js';
import {
  converseOf,
  loadBankContract,
  type WireAnswer,
  type WireAnswers,
  type WireCalls,
} from '../../src/infrastructure/payments/grpc/bank-contract.js';
import { type BankServer, serveBank } from '../../src/infrastructure/payments/grpc/bank-server.js';
import { CallFailed, Conversation } from '../../src/infrastructure/payments/grpc/conversation.js';
import { accountOf, bankOn, euros, issue, type TestBank, tokenFor, tokenOfTestCard } from '../support/bank.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';

const host = '127.0.0.1';
const contract = loadBankContract();

/** What anybody's client does with the contract. */
const foreignClientOf = (port: number) => {
  const client = new Client(`${host}:${port}`, credentials.createInsecure());
  const { path, requestSerialize, responseDeserialize } = converseOf(contract);
  return {
    converse: (): ClientDuplexStream<WireCalls, WireAnswers> =>
      client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize),
    ask: (method: string, request: object, metadata = new Metadata()): Promise<object> => {
      const definition = contract[method];
      if (definition === undefined) throw new Error(`no ${method}`);
      const { promise, resolve, reject } = Promise.withResolvers<object>();
      const done = (error: ServiceError | null, answer?: object) =>
        answer === undefined ? reject(error) : resolve(answer);
      client.makeUnaryRequest(
        definition.path,
        definition.requestSerialize,
        definition.responseDeserialize,
        request,
        metadata,
        done,
      );
      return promise;
    },
    close: () => client.close(),
  };
};

const collected = (stream: ClientDuplexStream<WireCalls, WireAnswers>): readonly WireAnswer[] => {
  const answers: WireAnswer[] = [];
  stream.on('data', (message: WireAnswers) => void answers.push(...(message.answers ?? [])));
  return answers;
};

/** Says that no more calls come. @returns the status with which the bank ends the stream then */
const endOf = (stream: ClientDuplexStream<WireCalls, WireAnswers>): Promise<number> => {
  const { promise, resolve } = Promise.withResolvers<number>();
  stream.once('status', ({ code }) => resolve(code));
  stream.end();
  return promise;
};

describe('calls to the bank on one stream', function () {
  this.timeout(20_000);
  let bank: TestBank;
  let servers: BankServer[];
  let proxy: TcpProxy;
  let clients: { close(): void }[];
  let unanswered: unknown[];
  let heard: string[];
  let asked: number;
  let release: () => void;

  const serve = async (): Promise<BankServer> => {
    const served = await serveBank(bank.payments, {
      host,
      port: 0,
      onCall: (...told) => void heard.push(told.join(' ')),
    });
    servers.push(served);
    return served;
  };

  const clientOf = (options: Partial<BankClientOptions> = {}): GrpcBank => {
    const onUnanswered = (_: string, reason: unknown) => void unanswered.push(reason);
    const client = new GrpcBank({ address: `${host}:${proxy.port}`, onUnanswered, ...options });
    clients.push(client);
    return client;
  };

  const foreignClient = (port = proxy.port) => {
    const client = foreignClientOf(port);
    clients.push(client);
    return client;
  };

  const payment = () => ({
    transactionId: randomUUID(),
    cardToken: tokenOfTestCard(bank, '4242424242424242'),
    amount: euros(2_500),
    description: 'Opera',
  });

  /** From now on new transactions wait in the bank's store until `release`; `asked` counts them. */
  const hold = (): void => {
    const { promise, resolve } = Promise.withResolvers<void>();
    release = resolve;
    bank.store.beforeAppend = (_, [event]) => {
      if (event?.type !== 'TransactionRequested') return undefined;
      asked += 1;
      return promise;
    };
  };

  beforeEach(async () => {
    [servers, clients, unanswered, heard, asked] = [[], [], [], [], 0];
    bank = bankOn();
    proxy = await startTcpProxy((await serve()).port);
  });

  afterEach(async () => {
    bank.store.beforeAppend = () => undefined;
    release?.();
    for (const client of clients) client.close();
    await proxy.close();
    for (const server of servers) await server.close(0);
  });

  it('end by themselves: one that fails leaves the others and the stream as they are', async () => {
    const stream = foreignClient().converse();
    const answers = collected(stream);
    stream.write({ calls: [{ callId: 7, inquire: { transactionId: 'a b' } }, { callId: 8 }, { inquire: {} }] });
    stream.write({ calls: [{ callId: 9, correlationId: 'order-1', inquire: { transactionId: 't' } }] });
    await until('all are answered', () => answers.length === 4);
    const byId = new Map(answers.map(({ callId, transaction, failure }) => [callId, transaction ?? failure?.code]));
    expect(byId.get(7)).to.equal(status.INVALID_ARGUMENT);
    expect(byId.get(8)).to.equal(status.UNIMPLEMENTED);
    expect(byId.get(0)).to.equal(status.INVALID_ARGUMENT);
    expect(byId.get(9)).to.deep.include({ transactionId: 't', notFound: {} });
    expect(await endOf(stream)).to.equal(status.OK);
  });

  it('that are too large are refused before they leave, and harm no other', async () => {
    const client = clientOf();
    hold();
    const paid = client.authorise(payment());
    await until('the bank is asked', () => asked === 1);
    expect(await client.authorise({ ...payment(), cardToken: 'x'.repeat(17_000) })).to.deep.equal({
      status: 'unknown',
    });
    expect(unanswered).to.have.length(1);
    expect(unanswered[0]).to.have.property('code', status.RESOURCE_EXHAUSTED);
    release();
    expect(await paid).to.have.property('status', 'authorised');
    expect(proxy.connections).to.equal(1);
    expect(asked).to.equal(1);
  });

  it('go on after one that had no answer in time, whose late answer nobody takes for another', async () => {
    const [hasty, patient] = [payment(), { ...payment(), cardToken: tokenOfTestCard(bank, '5555555555554444') }];
    const client = clientOf({ deadlineMs: 500 });
    hold();
    expect(await client.authorise(hasty)).to.deep.equal({ status: 'unknown' });
    expect(unanswered[0]).to.have.property('code', status.DEADLINE_EXCEEDED);
    const other = client.authorise(patient);
    await until('the bank is asked', () => asked === 2);
    release();
    expect(await other).to.have.nested.property('card.lastFour', '4444');
    expect(heard).to.have.length(2);
    expect(proxy.connections).to.equal(1);
    expect(unanswered).to.have.length(1);
  });

  it('do not leave once their time is over', async () => {
    const channel = new Client(`${host}:${proxy.port}`, credentials.createInsecure());
    clients.push(channel);
    const conversation = new Conversation(channel, converseOf(contract));
    const inquire = { transactionId: 't' };
    expect(() => conversation.ask({ inquire }, Date.now() - 1)).to.throw(CallFailed, 'DEADLINE_EXCEEDED');
    expect(await conversation.ask({ inquire }, Date.now() + 10_000)).to.have.property('transaction');
    expect(heard).to.have.length(1);
    conversation.close();
  });

  it('are made in the name of the transaction where what was told can not be kept', async () => {
    const call = payment();
    const client = clientOf({ context: () => ({ correlationId: 'x'.repeat(201), traceparent: 'a\u0000b' }) });
    expect(await client.authorise(call)).to.have.property('status', 'authorised');
    expect(bank.store.all).to.have.length(4);
    for (const { metadata } of bank.store.all) {
      expect(JSON.parse(metadata)).to.have.property('correlationId', call.transactionId);
      expect(JSON.parse(metadata)).not.to.have.property('traceparent');
    }
  });

  it('are made again on another stream when theirs breaks, and charge once', async () => {
    const client = clientOf();
    const issued = await issue(bank);
    hold();
    const paid = client.authorise({ ...payment(), cardToken: tokenFor(bank, issued) });
    await until('the bank is asked', () => asked === 1);
    proxy.target = (await serve()).port;
    await servers[0]?.close(0);
    release();
    expect(await paid).to.have.property('status', 'authorised');
    expect(proxy.connections).to.equal(2);
    expect(heard).to.have.length(2);
    expect(accountOf(bank, issued.cardId).reservedMinor).to.equal(2_500);
  });

  it('are answered by a bank that closes, which ends the stream then; later ones find the next bank', async () => {
    const client = clientOf();
    hold();
    const paid = client.authorise(payment());
    await until('the bank is asked', () => asked === 1);
    proxy.target = (await serve()).port;
    // Longer than the test may take: it has to end by itself.
    const closed = servers[0]?.close(60_000);
    const later = client.inquire({ transactionId: 't' });
    release();
    expect(await paid).to.have.property('status', 'authorised');
    expect(await later).to.deep.equal({ status: 'not_found' });
    await closed;
    expect(proxy.connections).to.equal(2);
    expect(unanswered).to.deep.equal([]);
  });

  it('are answered to a client that closes, which takes no later one and then lets the bank go', async () => {
    const client = clientOf();
    hold();
    const paid = client.authorise(payment());
    await until('the bank is asked', () => asked === 1);
    client.close();
    expect(await client.inquire({ transactionId: 't' })).to.deep.equal({ status: 'unknown' });
    release();
    expect(await paid).to.have.property('status', 'authorised');
    expect(heard).to.have.length(1);
    await servers[0]?.close(60_000);
  });

  it('leave nothing behind when the client closes on a bank that hangs', async () => {
    const client = clientOf({ deadlineMs: 300 });
    expect(await client.inquire({ transactionId: 't' })).to.deep.equal({ status: 'not_found' });
    proxy.hang();
    const call = client.inquire({ transactionId: 't' });
    client.close();
    expect(await call).to.deep.equal({ status: 'unknown' });
    proxy.flow();
    await until('the connection is closed', () => proxy.open === 0);
  });

  it('are read up to 1,000 without an answer, and all of them in the end', async () => {
    const client = foreignClient();
    const stream = client.converse();
    const answers = collected(stream);
    hold();
    const amount = { amountMinor: '2500', currency: 'EUR' };
    for (let callId = 1; callId <= 1_500; callId++) {
      const cardToken = tokenOfTestCard(bank, '4242424242424242');
      stream.write({ calls: [{ callId, authorise: { transactionId: `t-${callId}`, cardToken, amount } }] });
    }
    await until('the bank is asked', () => asked >= 1_000);
    for (let tried = 0; tried < 50; tried++) await client.ask('Inquire', { transactionId: 'other' });
    expect(asked).to.equal(1_000);
    release();
    await until('all are answered', () => answers.length === 1_500);
    for (const { transaction } of answers) expect(transaction).to.have.property('authorised');
    expect(await endOf(stream)).to.equal(status.OK);
  });

  it('may also be made one by one, several streams beside each other on one connection (PAY-32)', async () => {
    const client = foreignClient();
    hold();
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const metadata = new Metadata();
    metadata.set('correlation-id', 'order-1');
    metadata.set('traceparent', traceparent);
    const amount = { amountMinor: '2500', currency: 'EUR' };
    const calls = Array.from({ length: 50 }, () => client.ask('Authorise', { ...payment(), amount }, metadata));
    await until('all 50 calls are under way at once', () => asked === 50);
    release();
    for (const answer of await Promise.all(calls)) expect(answer).to.have.property('authorised');
    expect(proxy.connections).to.equal(1);
    for (const { metadata: kept } of bank.store.all) {
      expect(JSON.parse(kept)).to.deep.include({ correlationId: 'order-1', traceparent });
    }
    const refused = await client.ask('Inquire', { transactionId: 'a b' }).catch((error: unknown) => error);
    expect(refused).to.have.property('code', status.INVALID_ARGUMENT);
  });
});
