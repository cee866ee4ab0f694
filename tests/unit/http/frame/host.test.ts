import { expect } from 'chai';
import { asksFor, isLoopback } from '../../../../src/infrastructure/http/frame/host-name.js';
import { sendRaw } from '../../../support/http-requests.js';
import { type Sample, startSample } from '../../../support/http-sample.js';

describe('the host that a request asks for', () => {
  let sample: Sample;
  before(async () => {
    sample = await startSample({ server: { isOwnHost: asksFor('127.0.0.1') } });
  });
  after(() => sample.stop());

  const ask = (...lines: readonly string[]): Promise<string> =>
    sendRaw(sample, [...lines, 'Connection: close', '', ''].join('\r\n'));

  for (const host of ['127.0.0.1:3000', '127.0.0.1', 'localhost:80', 'LOCALHOST', '[::1]:3000', '10.1.2.3:3000']) {
    it(`may be ${host}`, async () => {
      expect(await ask('GET /v1/sales HTTP/1.1', `Host: ${host}`)).to.match(/^HTTP\/1.1 200 /);
    });
  }

  for (const host of ['evil.example:3000', 'localhost.evil.example', '127.0.0.1.evil.example', '', '[::1', 'a:b:c']) {
    it(`must not be "${host}"`, async () => {
      const before = sample.asked.length;
      expect(await ask('GET /v1/sales HTTP/1.1', `Host: ${host}`))
        .to.match(/^HTTP\/1.1 421 /)
        .and.to.include('misdirected_request');
      expect(sample.asked).to.have.length(before);
    });
  }

  for (const [what, lines] of [
    ['two', ['Host: 127.0.0.1', 'Host: 127.0.0.1']],
    ['two that differ', ['Host: 127.0.0.1', 'Host: evil.example']],
    ['none', []],
  ] as const) {
    it(`must be named once: ${what}`, async () => {
      expect(await ask('GET /v1/sales HTTP/1.1', ...lines))
        .to.match(/^HTTP\/1.1 400 /)
        .and.to.include('malformed_http');
    });
  }

  it('may be left out in HTTP/1.0', async () => {
    expect(await ask('GET /v1/sales HTTP/1.0')).to.match(/^HTTP\/1.1 200 /);
  });

  it('is the one that is listened to, by name too', () => {
    expect([asksFor('Tickets.example')('tickets.example:3000'), asksFor('::1')('[::1]:3000')]).to.deep.equal([
      true,
      true,
    ]);
    expect(asksFor('0.0.0.0')('tickets.example')).to.equal(false);
  });

  it('is of this machine alone where it is a loopback address', () => {
    for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) expect(isLoopback(host), host).to.equal(true);
    for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.example']) expect(isLoopback(host), host).to.equal(false);
  });
});
