import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Problem } from '../../../../src/infrastructure/http/frame/problem.js';
import { post, problemIn } from '../../../support/http-requests.js';
import { created, goodSale, type Sample, soldOut, startSample } from '../../../support/http-sample.js';
import { until } from '../../../support/until.js';

const body = JSON.stringify(goodSale);
const headers = { 'idempotency-key': 'first-try' };
const card = '4242424242424242';

describe('a repeated request', () => {
  let folder: string;
  let sample: Sample;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'boxoffice-http-'));
    sample = await startSample({ folder });
  });
  afterEach(async () => {
    await sample.stop();
    await rm(folder, { recursive: true });
  });

  const restart = async (): Promise<void> => {
    await sample.stop();
    sample = await startSample({ folder });
  };

  const seen = async (response: Response) => ({
    status: response.status,
    location: response.headers.get('location'),
    type: response.headers.get('content-type'),
    replayed: response.headers.get('idempotency-replayed'),
    text: await response.text(),
  });

  it('gets the first answer again, also after a restart', async () => {
    const first = await seen(await post(sample, '/v1/sales', { body, headers }));
    expect(first).to.include({ status: 201, replayed: null });
    const again = await seen(await post(sample, '/v1/sales', { body, headers }));
    expect(again).to.deep.equal({ ...first, replayed: 'true' });
    expect(sample.asked).to.have.length(1);
    await restart();
    expect(await seen(await post(sample, '/v1/sales', { body, headers }))).to.deep.equal(again);
    expect(sample.asked).to.have.length(0);
  });

  it('is the same if only the order and spaces of its fields differ', async () => {
    await post(sample, '/v1/sales', { body, headers });
    const { name, startsAt, price } = goodSale;
    const reordered = JSON.stringify({ price, startsAt, name }, undefined, 2);
    expect((await post(sample, '/v1/sales', { body: reordered, headers })).status).to.equal(201);
    expect(sample.asked).to.have.length(1);
  });

  it('with other content is refused', async () => {
    await post(sample, '/v1/sales', { body, headers });
    const other = JSON.stringify({ ...goodSale, name: 'Matinee' });
    const response = await post(sample, '/v1/sales', { body: other, headers });
    const problem = await problemIn(response);
    expect([response.status, problem.code]).to.deep.equal([422, 'idempotency_key_reused']);
    expect(problem.errors?.[0]?.field).to.equal('Idempotency-Key');
    expect(sample.asked).to.have.length(1);
  });

  it('while the first still runs is told so; only one is made', async () => {
    const { promise: gate, resolve } = Promise.withResolvers<void>();
    sample.next = async (count) => {
      await gate;
      return created(count);
    };
    const first = post(sample, '/v1/sales', { body, headers });
    await until('the first runs', () => sample.asked.length === 1);
    const others = await Promise.all(Array.from({ length: 10 }, () => post(sample, '/v1/sales', { body, headers })));
    for (const other of others) {
      expect([other.status, other.headers.get('retry-after')]).to.deep.equal([409, '1']);
      expect((await problemIn(other)).code).to.equal('request_in_progress');
    }
    resolve();
    expect((await first).status).to.equal(201);
    expect((await post(sample, '/v1/sales', { body, headers })).headers.get('idempotency-replayed')).to.equal('true');
    expect(sample.asked).to.have.length(1);
  });

  it('belongs to its caller and route', async () => {
    await post(sample, '/v1/sales', { body, headers });
    const other = await post(sample, '/v1/sales', { body, headers: { ...headers, 'x-caller': 'someone-else' } });
    expect(other.headers.get('idempotency-replayed')).to.equal(null);
    const [mine, theirs] = sample.asked.map(({ commandId }) => commandId);
    expect(mine).not.to.equal(theirs);
  });

  it('after a refusal by the business gets the refusal again', async () => {
    sample.next = soldOut;
    const first = await seen(await post(sample, '/v1/sales', { body, headers }));
    sample.next = created;
    expect(await seen(await post(sample, '/v1/sales', { body, headers }))).to.deep.equal({
      ...first,
      replayed: 'true',
    });
    expect(first).to.include({ status: 409, type: 'application/problem+json' });
  });

  it('after a conflict that will pass starts anew', async () => {
    const inProgress = {
      status: 409,
      code: 'payment_in_progress',
      title: 'A payment is under way',
      retryAfterSeconds: 2,
    };
    sample.next = () => Promise.reject(new Problem(inProgress));
    const first = await post(sample, '/v1/sales', { body, headers });
    expect([first.status, first.headers.get('retry-after')]).to.deep.equal([409, '2']);
    sample.next = created;
    expect(await seen(await post(sample, '/v1/sales', { body, headers }))).to.include({ status: 201, replayed: null });
  });

  it('after a wrong one starts anew: nothing is kept of it', async () => {
    const wrong = JSON.stringify({ ...goodSale, name: '' });
    expect((await post(sample, '/v1/sales', { body: wrong, headers })).status).to.equal(400);
    expect((await seen(await post(sample, '/v1/sales', { body, headers }))).replayed).to.equal(null);
  });

  for (const status of [500, 503, 429, 412, 404]) {
    it(`after ${status} starts anew, with the same command id`, async () => {
      sample.next = async () => ({ status });
      expect((await post(sample, '/v1/sales', { body, headers })).status).to.equal(status);
      sample.next = created;
      expect(await seen(await post(sample, '/v1/sales', { body, headers }))).to.include({
        status: 201,
        replayed: null,
      });
      const [first, second] = sample.asked.map(({ commandId }) => commandId);
      expect(first).to.be.a('string').and.equal(second);
    });
  }

  it('after a fault starts anew', async () => {
    sample.next = async () => {
      throw new Error('fault');
    };
    expect((await post(sample, '/v1/sales', { body, headers })).status).to.equal(500);
    sample.next = created;
    expect((await post(sample, '/v1/sales', { body, headers })).status).to.equal(201);
  });

  it('after a crash before the answer meets its own command', async () => {
    sample.next = () => new Promise(() => {});
    const cut = post(sample, '/v1/sales', { body, headers }).catch(() => 'cut off');
    await until('the first runs', () => sample.asked.length === 1);
    const commandId = sample.asked[0]?.commandId;
    await sample.server.drain(0);
    expect(await cut).to.equal('cut off');
    await restart();
    expect((await post(sample, '/v1/sales', { body, headers })).status).to.equal(201);
    expect(sample.asked[0]?.commandId).to.equal(commandId);
  });

  it('for an answer with secrets makes it again, and keeps none of it', async () => {
    const details = JSON.stringify({ number: card, holder: 'Ann' });
    const first = await seen(await post(sample, '/bank/v1/tokens', { body: details, headers }));
    const again = await seen(await post(sample, '/bank/v1/tokens', { body: details, headers }));
    expect([first.status, first.replayed, again.status, again.replayed]).to.deep.equal([201, null, 201, 'true']);
    expect(again.text).to.contain(card);
    const [one, two] = sample.asked.map(({ commandId }) => commandId);
    expect(one).to.equal(two);
    const other = JSON.stringify({ number: '5555555555554444', holder: 'Ann' });
    expect((await post(sample, '/bank/v1/tokens', { body: other, headers })).status).to.equal(422);
    for (const file of await readdir(folder)) {
      const content = await readFile(join(folder, file));
      expect(content.includes(card), file).to.equal(false);
      expect(content.includes('first-try'), file).to.equal(false);
    }
  });

  it('takes card numbers in the named fields only', async () => {
    const details = JSON.stringify({ number: card, holder: `Ann ${card}` });
    const problem = await problemIn(await post(sample, '/bank/v1/tokens', { body: details, headers }));
    expect(problem.errors?.map(({ field, code }) => [field, code])).to.deep.equal([['holder', 'card_data_refused']]);
  });
});
