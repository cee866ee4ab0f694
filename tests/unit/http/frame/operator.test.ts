import { expect } from 'chai';
import { Gauge } from 'prom-client';
import { operatorApplication } from '../../../../src/infrastructure/http/frame/operator.js';
import { createServer, type RunningServer } from '../../../../src/infrastructure/http/frame/server.js';
import { createLog } from '../../../../src/infrastructure/observability/log.js';
import { createRegistry, httpMetrics } from '../../../../src/infrastructure/observability/metrics.js';
import { post } from '../../../support/http-requests.js';
import { goodSale, saleId, startSample } from '../../../support/http-sample.js';
import { until } from '../../../support/until.js';

describe('the operator application', () => {
  const registry = createRegistry();
  let server: RunningServer;
  let isDraining = false;
  let store: () => Promise<void> = async () => {};

  before(async () => {
    const listener = operatorApplication({
      checks: { store: () => store(), views: async () => {} },
      isDraining: () => isDraining,
      registry,
      checkTimeoutMs: 50,
    });
    server = await createServer(listener, { port: 0 });
  });
  after(() => server.drain(500));
  beforeEach(() => {
    isDraining = false;
    store = async () => {};
  });

  const ready = async () => {
    const response = await fetch(`${server.url}/readyz`);
    return { status: response.status, body: await response.json() };
  };

  it('is alive and ready', async () => {
    expect((await fetch(`${server.url}/livez`)).status).to.equal(200);
    const checks = { store: { status: 'ok' }, views: { status: 'ok' } };
    expect(await ready()).to.deep.equal({ status: 200, body: { status: 'ok', checks } });
  });

  it('names what is not there, without its words', async () => {
    store = async () => {
      throw new Error('a secret');
    };
    const checks = { store: { status: 'failed' }, views: { status: 'ok' } };
    expect(await ready()).to.deep.equal({ status: 503, body: { status: 'not ready', checks } });
  });

  it('does not wait for a check that hangs, nor falls over one that throws at once', async () => {
    store = () => new Promise(() => {});
    expect((await ready()).body).to.deep.nested.include({ 'checks.store': { status: 'timed out' } });
    store = () => {
      throw new Error('at once');
    };
    expect((await ready()).body).to.deep.nested.include({ 'checks.store': { status: 'failed' } });
  });

  it('is not ready while it drains, and still alive', async () => {
    isDraining = true;
    const { status, body } = await ready();
    expect(status).to.equal(503);
    expect(body).to.include({ status: 'draining' });
    expect((await fetch(`${server.url}/livez`)).status).to.equal(200);
  });

  it('shows figures of Node, of requests by route, and of others', async () => {
    const sample = await startSample({ metrics: httpMetrics(registry) });
    new Gauge({ name: 'places_free', help: 'Free places', registers: [registry] }).set(7);
    await post(sample, '/v1/sales', { body: JSON.stringify(goodSale) });
    await fetch(`${sample.server.url}/v1/sales/${saleId}`);
    await fetch(`${sample.server.url}/v1/secret-${saleId}`);
    await until('all are answered', () => sample.records.length === 3);
    const text = await (await fetch(`${server.url}/metrics`)).text();
    expect(text).to.contain('http_request_duration_seconds_count{method="POST",route="/v1/sales",status="201"} 1');
    expect(text).to.contain('route="/v1/sales/{saleId}",status="200"').and.to.contain('route="unmatched",status="404"');
    expect(text)
      .to.match(/^http_requests_in_flight 0$/m)
      .and.to.match(/^places_free 7$/m);
    expect(text).to.match(/^process_resident_memory_bytes \d+$/m);
    expect(text).not.to.contain(saleId);
    await sample.stop();
  });

  it('answers anything else with a problem', async () => {
    const response = await fetch(`${server.url}/`);
    expect([response.status, response.headers.get('content-type')]).to.deep.equal([404, 'application/problem+json']);
  });
});

describe('the log', () => {
  it('writes lines of JSON and hides what is secret', () => {
    const lines: string[] = [];
    const log = createLog({ to: { write: (line: string) => lines.push(line) } });
    log.info({ route: '/v1/sales', number: '42', card: { securityCode: '123', at: { token: 'abc' } } }, 'told');
    log.debug('not told');
    const [line, ...others] = lines.map((text): unknown => JSON.parse(text));
    expect(others).to.have.length(0);
    expect(line).to.deep.include({
      level: 'info',
      msg: 'told',
      route: '/v1/sales',
      number: '[hidden]',
      card: { securityCode: '[hidden]', at: { token: '[hidden]' } },
    });
    expect(line)
      .to.have.property('time')
      .match(/^\d{4}-\d\d-\d\dT/);
  });
});
