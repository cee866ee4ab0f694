import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, createServer, request, type Server } from 'node:http';
import { json, text } from 'node:stream/consumers';
import { expect } from 'chai';
import { GrpcBank } from '../../src/infrastructure/payments/grpc/bank-client.js';
import { loadBankContract } from '../../src/infrastructure/payments/grpc/bank-contract.js';
import { authoriseCallOf } from '../../src/infrastructure/payments/grpc/bank-requests.js';
import { serveBank } from '../../src/infrastructure/payments/grpc/bank-server.js';
import { bankOn, euros, type TestBank, tokenOfTestCard } from '../support/bank.js';

const host = '127.0.0.1';

const xmlOf = (name: string, value: unknown): string => {
  const inner =
    typeof value === 'object' && value !== null
      ? Object.entries(value)
          .map(([field, entry]) => xmlOf(field, entry))
          .join('')
      : String(value);
  return `<${name}>${inner}</${name}>`;
};

/** The same use case behind REST and JSON, over HTTP/1.1 with its connection kept. */
const serveJson = async ({ payments }: TestBank): Promise<{ server: Server; port: number }> => {
  const server = createServer((call, answer) => {
    json(call)
      .then((body) => payments.authorise(authoriseCallOf(body), { correlationId: 'test' }))
      .then(({ answer: said }) => {
        answer.setHeader('content-type', 'application/json');
        answer.end(JSON.stringify(said));
      })
      .catch((error: unknown) => answer.destroy(error instanceof Error ? error : undefined));
  });
  server.listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { server, port: address.port };
};

const postJson = async (agent: Agent, port: number, body: unknown): Promise<unknown> => {
  const call = request({ host, port, method: 'POST', agent, headers: { 'content-type': 'application/json' } });
  call.end(JSON.stringify(body));
  const [answer] = await once(call, 'response');
  return JSON.parse(await text(answer));
};

/** Milliseconds of each of `count` runs, one after the other, from the shortest up. */
const measure = async (count: number, run: () => Promise<void>): Promise<readonly number[]> => {
  const durations: number[] = [];
  for (let done = 0; done < count; done++) {
    const before = performance.now();
    await run();
    durations.push(performance.now() - before);
  }
  return durations.sort((one, other) => one - other);
};

const percentile = (sorted: readonly number[], share: number): string =>
  (sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN).toFixed(2);

describe('what the bank says on the wire', function () {
  this.timeout(30_000);

  it('a payment is smallest as protobuf (PAY-31)', () => {
    const bank = bankOn();
    const payment = {
      transactionId: randomUUID(),
      cardToken: tokenOfTestCard(bank, '4242424242424242'),
      amount: { amountMinor: '2500', currency: 'EUR' },
      description: 'Opera, two tickets',
    };
    const { Authorise } = loadBankContract();
    if (Authorise === undefined) throw new Error('no Authorise');
    const bytes = {
      protobuf: Authorise.requestSerialize(payment).length,
      json: Buffer.byteLength(JSON.stringify(payment)),
      xml: Buffer.byteLength(xmlOf('payment', payment)),
    };
    console.log(`      bytes of one payment: ${JSON.stringify(bytes)}`);
    expect(bytes.protobuf).to.be.lessThan(bytes.json);
    expect(bytes.json).to.be.lessThan(bytes.xml);
  });

  it('the same call by gRPC and by REST and JSON is measured (PAY-29)', async () => {
    const bank = bankOn();
    const bankServer = await serveBank(bank.payments, { host, port: 0 });
    const { server, port } = await serveJson(bank);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const client = new GrpcBank({ address: `${host}:${bankServer.port}` });
    const call = {
      transactionId: randomUUID(),
      cardToken: tokenOfTestCard(bank, '4242424242424242'),
      amount: euros(2_500),
      description: 'Opera',
    };
    try {
      const byGrpc = async () => expect(await client.authorise(call)).to.have.property('status', 'authorised');
      const byJson = async () => expect(await postJson(agent, port, call)).to.have.property('status', 'authorised');
      for (const [name, run] of Object.entries({ gRPC: byGrpc, 'REST/JSON': byJson })) {
        await measure(50, async () => void (await run()));
        const durations = await measure(300, async () => void (await run()));
        console.log(`      ${name}: median ${percentile(durations, 0.5)} ms, p95 ${percentile(durations, 0.95)} ms`);
      }
    } finally {
      client.close();
      agent.destroy();
      server.close();
      await bankServer.close(0);
    }
  });
});
