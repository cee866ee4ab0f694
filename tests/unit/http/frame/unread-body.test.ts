import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { Admission } from '../../../../src/infrastructure/http/frame/admission.js';
import { sendRaw } from '../../../support/http-requests.js';
import { type Sample, saleId, startSample } from '../../../support/http-sample.js';
import { until } from '../../../support/until.js';

const part = Buffer.alloc(64 * 1_024, 'x');
const parts = 80;

const write = (socket: Socket, bytes: Buffer | string): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.write(bytes, (error) => {
      socket.off('error', reject);
      if (error) reject(error);
      else resolve();
    });
  });

/** Sends the head and 5 MB, and only then reads: what a client does that looks for no early answer. */
const sendAll = async (sample: Sample, head: string, isChunked: boolean): Promise<string> => {
  const socket = connect({ port: sample.server.port, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  await write(socket, `${head}\r\n`);
  for (let sent = 0; sent < parts; sent++) {
    if (isChunked) await write(socket, `${part.length.toString(16)}\r\n`);
    await write(socket, part);
    if (isChunked) await write(socket, '\r\n');
  }
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    answer += text;
  });
  await once(socket, 'end');
  socket.end();
  return answer;
};

const headOf = (path: string, headers: Readonly<Record<string, string>>): string => {
  const all = { Host: 'a', 'Content-Type': 'application/json', 'Idempotency-Key': 'a', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}`;
};

const answered = (response: IncomingMessage): Promise<unknown> => once(response.resume(), 'end');

describe('what can not be read as a request', () => {
  let sample: Sample;
  beforeEach(async () => {
    sample = await startSample({ server: { headersTimeoutMs: 50, requestTimeoutMs: 50, checkEveryMs: 20 } });
  });
  afterEach(() => sample.stop());

  for (const [status, text] of [
    [400, 'HELLO\r\n\r\n'],
    [408, 'GET /v1/sales HTTP/1.1\r\nHost:'],
    [431, `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
  ] as const) {
    it(`is in the log as ${status}, and answered with the headers of all answers`, async () => {
      const answer = await sendRaw(sample, text);
      const traceId = /\r\nTrace-Id: (\w{32})\r\n/.exec(answer)?.[1];
      expect(answer).to.include("\r\nContent-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n");
      expect(answer)
        .to.include('\r\nX-Content-Type-Options: nosniff\r\n')
        .and.include('\r\nReferrer-Policy: no-referrer\r\n');
      expect(sample.records).to.deep.equal([{ method: 'unknown', route: 'unmatched', status, ms: 0, traceId }]);
    });
  }
});

describe('a body that still arrives when the answer is given', () => {
  let sample: Sample;
  beforeEach(async () => {
    sample = await startSample({ bodyTimeoutMs: 50, admission: new Admission({ maxInFlight: 1 }) });
  });
  afterEach(() => sample.stop());

  const refusals: readonly (readonly [number, string, string, Record<string, string>])[] = [
    [413, 'a body that is too large', '/v1/sales', {}],
    [400, 'a key that is none', '/v1/sales', { 'Idempotency-Key': 'a b' }],
    [403, 'a route of others', `/v1/sales/${saleId}/open`, {}],
    [404, 'a path of nobody', '/v1/salez', {}],
    [405, 'a method of nobody', `/v1/sales/${saleId}`, {}],
    [415, 'a type of others', '/v1/sales', { 'Content-Type': 'text/plain' }],
  ];
  for (const [status, what, path, headers] of refusals) {
    for (const isChunked of [false, true]) {
      const length: Record<string, string> = isChunked
        ? { 'Transfer-Encoding': 'chunked' }
        : { 'Content-Length': String(part.length * parts) };
      it(`is read on behind a ${status} for ${what}, ${isChunked ? 'chunked' : 'of a known length'}`, async () => {
        const answer = await sendAll(sample, headOf(path, { ...headers, ...length }), isChunked);
        expect(answer).to.match(new RegExp(`^HTTP/1.1 ${status} .*Connection: close\r\n.*"status":${status}.*}$`, 's'));
      });
    }
  }

  it('is read on behind a 503', async () => {
    const held = Promise.withResolvers<never>();
    let isHeld = false;
    sample.next = () => {
      isHeld = true;
      return held.promise;
    };
    const first = fetch(`${sample.server.url}/v1/sales`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'first' },
      body: '{"name":"Evening","startsAt":"2030-05-04T19:30:00Z","price":{"amountMinor":1,"currency":"EUR"}}',
    });
    await until('the first is worked on', () => isHeld);
    const length = { 'Content-Length': String(part.length * parts) };
    expect(await sendAll(sample, headOf('/v1/sales', length), false)).to.match(/^HTTP\/1.1 503 /);
    held.reject(new Error('over'));
    await first;
  });

  it('is read on where it can no longer be told from a request', async () => {
    const head = headOf('/v1/sales', { 'Transfer-Encoding': 'chunked' });
    expect(await sendAll(sample, `${head}\r\nno chunk`, false)).to.match(/^HTTP\/1.1 400 .*malformed_http.*}$/s);
  });

  it('is not waited for without end', async () => {
    const text = await sendRaw(sample, `${headOf('/v1/sales', { 'Content-Length': '100' })}\r\n{"name":`);
    expect(text.match(/HTTP\/1.1 \d{3}/g)).to.deep.equal(['HTTP/1.1 408']);
  });

  it('leaves the connection to the next request when little of it is left', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (let count = 0; count < 3; count++) {
      const sent = request(`${sample.server.url}/v1/salez`, { method: 'POST', agent });
      sent.end('x'.repeat(1_000));
      const [response]: IncomingMessage[] = await once(sent, 'response');
      if (response === undefined) throw new Error('no answer');
      ports.add(response.socket.localPort);
      await answered(response);
    }
    agent.destroy();
    expect(ports.size).to.equal(1);
  });

  it('hides no request behind it that would still be carried out', async () => {
    const refused = `${headOf('/v1/salez', { 'Content-Length': '100000' })}\r\n${'x'.repeat(100_000)}`;
    const text = await sendRaw(sample, `${refused}GET /v1/sales HTTP/1.1\r\nHost: a\r\n\r\n`);
    expect(text.match(/HTTP\/1.1 \d{3}/g)).to.deep.equal(['HTTP/1.1 404']);
    expect(sample.asked).to.deep.equal([]);
  });
});

it('a refused body that stays away is answered once', async () => {
  const sample = await startSample({ server: { headersTimeoutMs: 50, requestTimeoutMs: 50, checkEveryMs: 20 } });
  const text = await sendRaw(sample, `${headOf('/v1/salez', { 'Content-Length': '100' })}\r\n{"name":`);
  expect(text.match(/HTTP\/1.1 \d{3}/g)).to.deep.equal(['HTTP/1.1 404']);
  await sample.stop();
});
