import { expect } from 'chai';
import { Router } from 'express';
import { Admission } from '../../../../src/infrastructure/http/frame/admission.js';
import { Problem } from '../../../../src/infrastructure/http/frame/problem.js';
import { problemIn } from '../../../support/http-requests.js';
import { type Sample, saleId, startSample } from '../../../support/http-sample.js';
import { until } from '../../../support/until.js';

describe('a router beside the API', () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
  let sample: Sample;
  let letGo: () => void;

  const pages = (): Router => {
    const router = Router();
    const { promise: gate, resolve } = Promise.withResolvers<void>();
    letGo = resolve;
    router.get('/shows/:show', (request, response) => {
      response.type('html').send(`<p>${request.params.show} ${response.locals.trace.traceId}</p>`);
    });
    router.get('/slow', async (_request, response) => {
      await gate;
      response.send('done');
    });
    router.get('/refused', () => {
      throw new Problem({ status: 409, code: 'sold_out', title: 'No tickets are left' });
    });
    router.get('/broken', async () => {
      throw new Error('a secret');
    });
    router.get('/v1/sales', (_request, response) => {
      response.send('not the API');
    });
    return router;
  };

  beforeEach(async () => {
    sample = await startSample({ routers: [pages()], admission: new Admission({ maxInFlight: 2 }) });
  });
  afterEach(() => sample.stop());

  const get = (path: string): Promise<Response> => fetch(sample.server.url + path, { headers });

  it('answers, goes on with the trace, and is in the access log with its template', async () => {
    const response = await get('/shows/evening');
    expect(response.headers.get('trace-id')).to.equal(traceId);
    expect(response.headers.get('content-type')).to.contain('text/html');
    expect(await response.text()).to.equal(`<p>evening ${traceId}</p>`);
    await until('it is noted', () => sample.records.length === 1);
    expect(sample.records[0]).to.include({ method: 'GET', route: '/shows/:show', status: 200, traceId });
  });

  it('is behind the limit on requests in flight', async () => {
    const held = [get('/slow'), get('/slow')];
    await until('both are refused or held', async () => (await get('/shows/evening')).status === 503);
    const shed = await get('/shows/evening');
    expect([shed.status, (await problemIn(shed)).code]).to.deep.equal([503, 'overloaded']);
    letGo();
    for (const response of await Promise.all(held)) expect(response.status).to.equal(200);
  });

  it('has its refusals and faults told as problem documents', async () => {
    const refused = await get('/refused');
    expect([refused.status, (await problemIn(refused)).code]).to.deep.equal([409, 'sold_out']);
    const broken = await get('/broken');
    const problem = await problemIn(broken);
    expect([broken.status, problem.code, problem.traceId]).to.deep.equal([500, 'internal_error', traceId]);
    expect(sample.errors.map(String)).to.deep.equal(['Error: a secret']);
  });

  it('leaves the routes of the API, its 405 and its 404 to the API', async () => {
    expect(await (await get('/v1/sales')).json()).to.deep.equal({ items: [] });
    const wrong = await fetch(`${sample.server.url}/v1/sales/${saleId}`, { method: 'DELETE' });
    expect([wrong.status, (await problemIn(wrong)).code]).to.deep.equal([405, 'method_not_allowed']);
    const unknown = await get('/nowhere');
    expect([unknown.status, (await problemIn(unknown)).code]).to.deep.equal([404, 'not_found']);
    expect(unknown.headers.get('trace-id')).to.equal(traceId);
    await until('all are noted', () => sample.records.length === 3);
    expect(sample.records.map(({ route }) => route)).to.deep.equal(['/v1/sales', '/v1/sales/{saleId}', 'unmatched']);
  });
});
