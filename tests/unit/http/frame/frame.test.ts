import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'chai';
import type { Position } from '../../../../src/application/ports/event-store.js';
import { StoreUnavailable } from '../../../../src/application/ports/event-store.js';
import { Admission } from '../../../../src/infrastructure/http/frame/admission.js';
import {
  decodeConsistencyToken,
  encodeConsistencyToken,
} from '../../../../src/infrastructure/http/frame/consistency-token.js';
import { entityTag, parseEntityTags, revisionsOf } from '../../../../src/infrastructure/http/frame/entity-tag.js';
import { post, problemIn, sendRaw } from '../../../support/http-requests.js';
import { Buyer, goodSale, NewSale, type Sample, saleId, startSample } from '../../../support/http-sample.js';
import { until } from '../../../support/until.js';

const body = JSON.stringify(goodSale);

describe('the HTTP frame', () => {
  let sample: Sample;
  beforeEach(async () => {
    sample = await startSample({ bodyTimeoutMs: 100, admission: new Admission({ maxInFlight: 3 }) });
  });
  afterEach(() => sample.stop());

  it('gives handlers fresh, trimmed instances of the declared classes', async () => {
    const buyers = [{ name: ' Ann ', email: ' ann@example.org ' }];
    const sent = JSON.stringify({ ...goodSale, name: '  Evening ', seats: ['A1', ' 12 '], buyers });
    expect((await post(sample, '/v1/sales', { body: sent })).status).to.equal(201);
    const asked = sample.asked[0]?.body;
    if (!(asked instanceof NewSale)) throw new Error('not an instance');
    expect(asked.name).to.equal('Evening');
    expect(asked.seats).to.deep.equal(['A1', '12']);
    expect(asked.buyers?.[0]).to.be.instanceOf(Buyer).and.deep.include({ name: 'Ann', email: 'ann@example.org' });
  });

  it('reads numbers of the query', async () => {
    await fetch(`${sample.server.url}/v1/sales?limit=20&cursor=a-b_c`);
    expect(sample.asked[0]?.query).to.deep.include({ limit: 20, cursor: 'a-b_c' });
  });

  it('answers HEAD as GET without a body', async () => {
    const response = await fetch(`${sample.server.url}/v1/sales/${saleId}`, { method: 'HEAD' });
    expect(response.status).to.equal(200);
    expect(response.headers.get('content-length')).to.equal('49');
    expect(await response.text()).to.equal('');
  });

  it('answers 304 to a reader who has it already', async () => {
    const url = `${sample.server.url}/v1/sales/${saleId}`;
    const first = await fetch(url);
    const etag = first.headers.get('etag') ?? '';
    expect(etag).to.equal('"7"');
    expect(first.headers.get('cache-control')).to.equal('private, no-cache');
    const again = await fetch(url, { headers: { 'if-none-match': `"1", W/${etag}` } });
    expect([again.status, await again.text(), again.headers.get('etag')]).to.deep.equal([304, '', etag]);
    const other = await fetch(url, { headers: { 'if-none-match': '"8"' } });
    expect(other.status).to.equal(200);
  });

  it('reads the revisions that a change may follow from If-Match', () => {
    expect(revisionsOf(parseEntityTags('If-Match', '"3", "4"'))).to.deep.equal([3n, 4n]);
    expect([revisionsOf('*'), revisionsOf(undefined)]).to.deep.equal([undefined, undefined]);
    for (const none of [`W/${entityTag(4n)}`, '"other"']) {
      expect(revisionsOf(parseEntityTags('If-Match', none))).to.deep.equal([]);
    }
  });

  it('asks for If-Match where a route needs it', async () => {
    const headers = { 'x-caller': 'operator' };
    const refused = await post(sample, `/v1/sales/${saleId}/open`, { headers });
    expect([refused.status, (await problemIn(refused)).code]).to.deep.equal([428, 'precondition_required']);
    const done = await post(sample, `/v1/sales/${saleId}/open`, { headers: { ...headers, 'if-match': '"3"' } });
    expect([done.status, done.headers.get('content-length')]).to.deep.equal([204, null]);
  });

  it('refuses what a policy keeps to others', async () => {
    const response = await post(sample, `/v1/sales/${saleId}/open`, { headers: { 'if-match': '"3"' } });
    expect([response.status, (await problemIn(response)).code]).to.deep.equal([403, 'forbidden']);
    expect(sample.asked).to.have.length(0);
  });

  it('reads back the consistency tokens that it gave', () => {
    const written = [
      { partition: 0, position: '00000000000000000042' as Position },
      { partition: 11, position: '7' as Position },
    ];
    expect(decodeConsistencyToken(encodeConsistencyToken(written))).to.deep.equal(written);
  });

  it('goes on with the trace of the sender, and begins one where there is none', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
    const known = await post(sample, '/v1/sales', { body, headers });
    expect(known.headers.get('trace-id')).to.equal(traceId);
    expect(sample.asked[0]?.traceparent).to.match(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    expect(sample.asked[0]?.traceparent).not.to.contain('b7ad6b7169203331');
    for (const broken of [
      '00-0-0-0',
      `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
      '00-4242424242424242f7651916cd43dd84-b7ad6b7169203331-01',
    ]) {
      const fresh = await post(sample, '/v1/sales', { body, headers: { traceparent: broken } });
      expect(fresh.headers.get('trace-id'))
        .to.match(/^[0-9a-f]{32}$/)
        .and.not.contain('424242424242');
    }
  });

  it('says 404, and 405 with what is allowed', async () => {
    const unknown = await fetch(`${sample.server.url}/v1/salez`);
    expect([unknown.status, (await problemIn(unknown)).code]).to.deep.equal([404, 'not_found']);
    for (const path of ['/v1/sales/', '/V1/sales'])
      expect((await fetch(sample.server.url + path)).status).to.equal(404);
    const wrong = await fetch(`${sample.server.url}/v1/sales`, { method: 'DELETE' });
    expect([wrong.status, wrong.headers.get('allow')]).to.deep.equal([405, 'GET, HEAD, OPTIONS, POST']);
    const options = await fetch(`${sample.server.url}/v1/sales`, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).to.deep.equal([204, 'GET, HEAD, OPTIONS, POST']);
  });

  it('says nothing of itself, and lets no browser guess', async () => {
    const { headers } = await fetch(`${sample.server.url}/v1/sales`);
    expect(headers.get('x-powered-by')).to.equal(null);
    expect(headers.get('x-content-type-options')).to.equal('nosniff');
    expect(headers.get('content-security-policy')).to.contain("default-src 'none'");
    expect(headers.get('cache-control')).to.equal('no-store');
  });

  it('hides what no one foresaw behind a 500, and tells the log once', async () => {
    sample.next = async () => {
      throw new Error('a secret');
    };
    const response = await post(sample, '/v1/sales', { body });
    const problem = await problemIn(response);
    expect([response.status, problem.code]).to.deep.equal([500, 'internal_error']);
    expect(JSON.stringify(problem)).not.to.contain('secret');
    expect(sample.errors.map(String)).to.deep.equal(['Error: a secret']);
  });

  it('says 503 and when to come back if the store is away', async () => {
    sample.next = async () => {
      throw new StoreUnavailable('disk full');
    };
    const response = await post(sample, '/v1/sales', { body });
    expect([response.status, response.headers.get('retry-after')]).to.deep.equal([503, '1']);
    expect(sample.errors).to.have.length(0);
  });

  it('sheds requests beyond the limit at once', async () => {
    const { promise: gate, resolve } = Promise.withResolvers<void>();
    sample.next = async () => {
      await gate;
      return { status: 201 };
    };
    const held = [1, 2, 3].map(() => post(sample, '/v1/sales', { body }));
    await until('three requests are in flight', () => sample.asked.length === 3);
    const shed = await post(sample, '/v1/sales', { body });
    expect([shed.status, shed.headers.get('retry-after')]).to.deep.equal([503, '1']);
    resolve();
    for (const response of await Promise.all(held)) expect(response.status).to.equal(201);
    await until('those that were let in are noted', () => sample.records.length === 3);
    expect(sample.records.map(({ status }) => status)).to.deep.equal([201, 201, 201]);
    expect((await post(sample, '/v1/sales', { body })).status).to.equal(201);
  });

  it('notes a line for each request, with the template of its route', async () => {
    await fetch(`${sample.server.url}/v1/sales/${saleId}`);
    await fetch(`${sample.server.url}/v1/${saleId}`);
    await until('both are noted', () => sample.records.length === 2);
    expect(sample.records.map(({ method, route, status }) => ({ method, route, status }))).to.deep.equal([
      { method: 'GET', route: '/v1/sales/{saleId}', status: 200 },
      { method: 'GET', route: 'unmatched', status: 404 },
    ]);
    expect(JSON.stringify(sample.records)).not.to.contain(saleId);
  });

  it('gives up on a body that does not come', async () => {
    const head = 'POST /v1/sales HTTP/1.1\r\nHost: a\r\nIdempotency-Key: slow\r\nContent-Type: application/json\r\n';
    const text = await sendRaw(sample, `${head}Content-Length: 100\r\n\r\n{"name":`);
    expect(text)
      .to.match(/^HTTP\/1.1 408 /)
      .and.to.contain('"field":"body"')
      .and.to.match(/connection: close/i);
    expect(sample.asked).to.have.length(0);
  });

  it('outlives a sender who goes away in the middle of a body', async () => {
    const socket = connect(sample.server.port, '127.0.0.1');
    await once(socket, 'connect');
    const head = 'POST /v1/sales HTTP/1.1\r\nHost: a\r\nIdempotency-Key: gone\r\nContent-Type: application/json\r\n';
    socket.write(`${head}Content-Length: 100\r\n\r\n{"name":`, () => socket.destroy());
    await until('it is noted', () => sample.records.length === 1);
    expect(sample.records[0]?.status).to.equal(499);
    expect(sample.errors).to.have.length(0);
  });
});

describe('the server', () => {
  it('gives up on headers that do not come', async () => {
    const sample = await startSample({ server: { headersTimeoutMs: 50, requestTimeoutMs: 50, checkEveryMs: 20 } });
    const text = await sendRaw(sample, 'GET /v1/sales HTTP/1.1\r\nHost:');
    expect(text)
      .to.match(/^HTTP\/1.1 408 /)
      .and.to.contain('request_timeout');
    await sample.stop();
  });

  it('closes connections past the number that it may have, and serves those that it has', async () => {
    const sample = await startSample({ server: { maxConnections: 1 } });
    const agent = new Agent({ keepAlive: true });
    const ask = (own?: Agent): Promise<number> =>
      new Promise((resolve, reject) => {
        get(`${sample.server.url}/v1/sales`, own === undefined ? {} : { agent: own }, (response) => {
          response.resume().once('end', () => resolve(response.statusCode ?? 0));
        }).once('error', reject);
      });
    expect(await ask(agent)).to.equal(200);
    const other = await ask(new Agent()).catch(({ code }: NodeJS.ErrnoException) => code);
    expect(other).to.be.oneOf(['ECONNRESET', 'EPIPE']);
    expect(await ask(agent)).to.equal(200);
    agent.destroy();
    await sample.stop();
  });

  it('drains: finishes what is in flight, takes nothing new, keeps no connection', async () => {
    const sample = await startSample();
    const { promise: gate, resolve } = Promise.withResolvers<void>();
    sample.next = async () => {
      await gate;
      return { status: 201 };
    };
    const held = post(sample, '/v1/sales', { body });
    await until('it is in flight', () => sample.asked.length === 1);
    const drained = sample.server.drain(60_000);
    const refused = await fetch(`${sample.server.url}/v1/sales`).catch(() => 'refused');
    expect(refused).to.equal('refused');
    resolve();
    expect((await held).status).to.equal(201);
    await drained;
    await sample.stop();
  });

  it('drains: tells a busy connection that it ends', async () => {
    const sample = await startSample();
    const { promise: gate, resolve } = Promise.withResolvers<void>();
    sample.next = async () => {
      await gate;
      return { status: 201 };
    };
    const socket = connect(sample.server.port, '127.0.0.1');
    const head = `POST /v1/sales HTTP/1.1\r\nHost: a\r\nIdempotency-Key: a\r\nContent-Type: application/json\r\n`;
    socket.write(`${head}Content-Length: ${body.length}\r\n\r\n${body}`);
    await until('the first is in flight', () => sample.asked.length === 1);
    const drained = sample.server.drain(60_000);
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    const closed = once(socket, 'close');
    socket.write('GET /v1/sales HTTP/1.1\r\nHost: a\r\n\r\n');
    await until('the second is in flight', () => sample.asked.length === 2);
    resolve();
    await closed;
    await drained;
    expect(text).to.match(/^HTTP\/1.1 201 .*HTTP\/1.1 200 .*Connection: close/s);
    await sample.stop();
  });

  it('drains: cuts off what does not end by the deadline', async () => {
    const sample = await startSample();
    sample.next = () => new Promise(() => {});
    const cut = post(sample, '/v1/sales', { body }).catch(() => 'cut off');
    await until('it is in flight', () => sample.asked.length === 1);
    await sample.server.drain(50);
    expect(await cut).to.equal('cut off');
    await sample.stop();
  });

  it('says at start that an address is taken', async () => {
    const sample = await startSample();
    const error = await startSample({ server: { port: sample.server.port } }).catch((failed: unknown) => failed);
    expect(String(error)).to.contain('EADDRINUSE');
    await sample.stop();
  });
});
