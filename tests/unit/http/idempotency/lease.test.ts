import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Reply } from '../../../../src/infrastructure/http/frame/route.js';
import { EmbeddedIdempotencyStore } from '../../../../src/infrastructure/http/idempotency/embedded/embedded-idempotency-store.js';
import { ClaimLost } from '../../../../src/infrastructure/http/idempotency/idempotency-store.js';
import { post, problemIn } from '../../../support/http-requests.js';
import { goodSale, type Sample, saleId, startSample } from '../../../support/http-sample.js';
import { until } from '../../../support/until.js';

const request = { body: JSON.stringify(goodSale), headers: { 'idempotency-key': 'first-try' } };

/** An instance that runs a request until it is let go on. */
const heldUp = async (sample: Sample, reply: Reply) => {
  const { promise: gate, resolve: letGo } = Promise.withResolvers<void>();
  sample.next = async () => {
    await gate;
    return reply;
  };
  const response = post(sample, '/v1/sales', request);
  await until('the request runs', () => sample.asked.length === 1);
  return { response, letGo };
};

describe('a request that outlasts the lease on its key', () => {
  let folder: string;
  let now: number;
  let one: Sample;
  let other: Sample;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'boxoffice-http-'));
    now = 0;
    const clock = { now: () => now, random: () => 0.5, sleep: async () => {} };
    const idempotency = await EmbeddedIdempotencyStore.open(folder, clock, { leaseMs: 1_000 });
    one = await startSample({ folder, idempotency });
    other = await startSample({ folder, idempotency });
  });
  afterEach(async () => {
    await one.stop();
    await other.stop();
    await rm(folder, { recursive: true });
  });

  it('keeps other instances off its key until then', async () => {
    const first = await heldUp(one, { status: 201 });
    now = 999;
    const early = await post(other, '/v1/sales', request);
    expect([early.status, (await problemIn(early)).code]).to.deep.equal([409, 'request_in_progress']);
    now = 1_000;
    expect((await post(other, '/v1/sales', request)).status).to.equal(201);
    expect(other.asked.map(({ commandId }) => commandId)).to.deep.equal(one.asked.map(({ commandId }) => commandId));
    first.letGo();
    await first.response;
  });

  it('is answered, and repeats are given what the one said that took the key over', async () => {
    const first = await heldUp(one, { status: 201, body: { saleId, by: 'one' } });
    now = 1_000;
    other.next = async () => ({ status: 201, body: { saleId, by: 'other' } });
    expect(await (await post(other, '/v1/sales', request)).json()).to.include({ by: 'other' });
    first.letGo();
    expect(await (await first.response).json()).to.include({ by: 'one' });
    expect(one.errors.map((error) => error instanceof ClaimLost)).to.deep.equal([true]);
    for (const sample of [one, other]) {
      const again = await post(sample, '/v1/sales', request);
      expect(again.headers.get('idempotency-replayed')).to.equal('true');
      expect(await again.json()).to.include({ by: 'other' });
    }
  });

  it('frees no key that another has taken over', async () => {
    const first = await heldUp(one, { status: 503 });
    now = 1_000;
    const second = await heldUp(other, { status: 201 });
    first.letGo();
    expect((await first.response).status).to.equal(503);
    expect((await post(one, '/v1/sales', request)).status).to.equal(409);
    second.letGo();
    expect((await second.response).status).to.equal(201);
  });
});
