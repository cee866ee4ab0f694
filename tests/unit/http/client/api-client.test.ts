import { expect } from 'chai';
import { ApiClient, UnexpectedReply } from '../../../../src/infrastructure/http/client/api-client.js';
import { failureOf } from '../../../support/failure-of.js';
import { created, goodSale, type Sample, saleId, soldOut, startSample } from '../../../support/http-sample.js';

describe('the client of the API', () => {
  let sample: Sample;
  beforeEach(async () => {
    sample = await startSample();
  });
  afterEach(() => sample.stop());

  const busyFor = (times: number): void => {
    sample.next = async (count) => (count <= times ? { status: 503, retryAfterSeconds: 0 } : created(count));
  };

  it('repeats what a busy server refused, under the same key, as often as it may', async () => {
    busyFor(2);
    const reply = await new ApiClient(sample.server.url, 3).send('POST', '/v1/sales', { body: goodSale });
    expect(reply.status).to.equal(201);
    const commandIds = sample.asked.map(({ commandId }) => commandId);
    expect([commandIds.length, new Set(commandIds).size]).to.deep.equal([3, 1]);
    busyFor(9);
    expect((await new ApiClient(sample.server.url, 2).send('POST', '/v1/sales', { body: goodSale })).status).to.equal(
      503,
    );
    expect(sample.asked).to.have.length(5);
  });

  it('asks once unless it is told otherwise, each time under a key of its own', async () => {
    busyFor(1);
    const api = new ApiClient(sample.server.url);
    expect((await api.send('POST', '/v1/sales', { body: goodSale })).status).to.equal(503);
    expect((await api.send('POST', '/v1/sales', { body: goodSale })).status).to.equal(201);
    expect(new Set(sample.asked.map(({ commandId }) => commandId)).size).to.equal(2);
  });

  it('gives up on a server that is not there', async () => {
    const { url } = sample.server;
    await sample.server.drain(0);
    expect(await failureOf(new ApiClient(url, 2).send('GET', '/v1/sales'))).to.be.instanceOf(TypeError);
  });

  it('fills in parameters and leaves out what is undefined', async () => {
    const api = new ApiClient(sample.server.url);
    await api.send('GET', '/v1/sales/{saleId}', { params: { saleId } });
    await api.send('GET', '/v1/sales', { query: { limit: 5, cursor: undefined } });
    const asked = sample.asked.map(({ params, query }) => JSON.stringify({ ...params, ...query }));
    expect(asked).to.deep.equal([JSON.stringify({ saleId }), JSON.stringify({ limit: 5 })]);
  });

  it('gives the body of a success and the problem of a refusal, and never one for the other', async () => {
    const api = new ApiClient(sample.server.url);
    const done = await api.send<{ readonly saleId: string }>('POST', '/v1/sales', { body: goodSale });
    expect(done.body.saleId).to.equal(saleId);
    expect(() => done.problem).to.throw(UnexpectedReply, 'POST /v1/sales was answered 201');
    sample.next = soldOut;
    const refused = await api.send('POST', '/v1/sales', { body: goodSale });
    expect(refused.problem.code).to.equal('sold_out');
    expect(() => refused.body).to.throw(UnexpectedReply, 'was answered 409');
  });
});
