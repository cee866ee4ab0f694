import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { Reply, Sending } from '../../src/infrastructure/http/client/api-client.js';
import { tokens } from '../../src/main/tokens.js';
import { DocumentedApi, type Operation } from '../support/documented-api.js';
import { type LocalPlatform, newFolder, removeFolder, startHere } from '../support/platform.js';
import { refusalsOf } from '../support/refused-writes.js';
import { addressOf, RouteWalk, type Step } from '../support/route-walk.js';
import { until } from '../support/until.js';

const written = ({ method }: Operation): boolean => method !== 'GET';
describe('the routes of a running platform', function () {
  this.timeout(60_000);
  let platform: LocalPlatform;
  let walk: RouteWalk;

  const head = async (): Promise<string> => {
    const store = await platform.container.getAsync(tokens.eventStore);
    return String(await store.head());
  };

  const sales = async (): Promise<string> => JSON.stringify((await platform.api.get('/v1/sales', {})).body.items);

  before(async () => {
    platform = await startHere(await newFolder());
    walk = await RouteWalk.over(platform.url);
    await until('the walk has come to rest', isAtRest, 30_000);
  });

  /** Every order has come to its end, and all that the bank did for them is booked. */
  const isAtRest = async (): Promise<boolean> => {
    const ended = ['fulfilled', 'cancelled', 'partially_refunded'];
    for (const { operation, reply } of walk.steps) {
      const { orderId, paymentId } = JSON.parse(reply.text.startsWith('{') ? reply.text : '{}');
      if (operation.operationId === 'placeOrder') {
        if (!ended.includes((await platform.shop.orderOf(orderId)).status)) return false;
      } else if (operation.operationId === 'payOrder' && !(await isBooked(paymentId))) return false;
    }
    const { params } = walk.goodRequest(walk.documented.operation('getStatement'));
    const { items } = await platform.shop.statementOf(params.cardId ?? '');
    return items.length === 2 && items.every(({ status }) => status === 'booked');
  };

  const isBooked = async (transactionId: string): Promise<boolean> => {
    const events = await platform.eventsOf(`transaction-${transactionId}`);
    const captured = events.find(({ type }) => type === 'TransactionCaptured');
    if (captured === undefined) return false;
    const account = await platform.eventsOf(`card-${JSON.parse(captured.data).cardId}`);
    return account.some(({ type, data }) => type === 'AmountBooked' && data.includes(transactionId));
  };

  after(async () => {
    await platform.stop();
    await removeFolder(platform.folder);
  });

  const send = (
    { method, ...operation }: Operation,
    { params, body, query }: Pick<Step, 'params' | 'body' | 'query'>,
    own: Sending = {},
  ) =>
    platform.api.send(method, addressOf({ method, ...operation }, params) + query, {
      ...(body !== undefined && { body }),
      ...own,
    });

  const faultsOfProblem = (operation: Operation, reply: Reply<unknown>): readonly string[] => {
    const isProblem = reply.headers.get('content-type') === 'application/problem+json';
    return isProblem ? walk.documented.faultsOf(operation, reply) : [`${operation.path}: no problem: ${reply.text}`];
  };

  it('each answers a documented success, its body as its schema says', () => {
    const faults = walk.steps.flatMap(({ operation, reply }) => walk.documented.faultsOf(operation, reply));
    expect(faults).to.deep.equal([]);
    for (const operation of walk.documented.operations) {
      expect(walk.goodRequest(operation).reply.status, operation.path).to.be.within(200, 299);
    }
  });

  it('each describes its replies field by field, those of operators too', async () => {
    const operators = await DocumentedApi.read(platform.operator);
    expect(operators.operations.length).to.be.at.least(3);
    expect([...walk.documented.bareReplies(), ...operators.bareReplies()]).to.deep.equal([]);
  });

  it('what operators are answered is as documented too', async () => {
    const operators = await DocumentedApi.read(platform.operator);
    const { orderId = '' } = walk.goodRequest(walk.documented.operation('getOrder')).params;
    const stream = `order-${orderId}`;
    const deliveries = operators.operation('listDeliveries');
    const list = operators.operation('listNeedsHuman');
    const resolve = operators.operation('resolveReview');
    const done = { by: 'Rita Costa', note: 'Paid back by bank transfer' };
    const replies = [
      [list, await platform.operator.send('GET', list.path)],
      [deliveries, await platform.operator.send('GET', addressOf(deliveries, { stream, revision: '0' }))],
      [deliveries, await platform.operator.send('GET', addressOf(deliveries, { stream, revision: '999' }))],
      [resolve, await platform.operator.send('POST', addressOf(resolve, { orderId }), { body: done })],
      [resolve, await platform.operator.send('POST', addressOf(resolve, { orderId: randomUUID() }), { body: done })],
    ] as const;
    expect(replies.map(([, { status }]) => status)).to.deep.equal([200, 200, 404, 200, 404]);
    expect(replies.flatMap(([operation, reply]) => operators.faultsOf(operation, reply))).to.deep.equal([]);
  });

  it('each read that has an ETag is 304 for who knows it, as documented', async () => {
    const tagged = walk.steps.filter(({ operation, reply }) => operation.method === 'GET' && reply.headers.has('etag'));
    const again = await Promise.all(
      tagged.map(async (step) => {
        const now = await send(step.operation, step);
        return send(step.operation, step, { headers: { 'If-None-Match': now.headers.get('etag') ?? '' } });
      }),
    );
    expect(again.map(({ status }) => status)).to.deep.equal(tagged.map(() => 304));
    const faults = tagged.filter(({ operation }) => operation.responses[304] === undefined);
    expect(faults.map(({ operation }) => operation.path)).to.deep.equal([]);
    expect(tagged.length).to.be.above(3);
  });

  it('each write sent again under its key gets the same bytes, and nothing is done twice', async () => {
    const before = [await head(), await sales()];
    for (const step of walk.steps) {
      const { operation, key, reply } = step;
      if (!operation.parameters.some(({ name }) => name === 'Idempotency-Key')) continue;
      const again = await send(operation, step, { key });
      expect([again.status, again.text], operation.operationId).to.deep.equal([reply.status, reply.text]);
      expect(again.headers.get('idempotency-replayed'), operation.operationId).to.equal('true');
    }
    expect([await head(), await sales()]).to.deep.equal(before);
  });

  it('each write refuses what it can not take, names it, and leaves all as it was', async () => {
    const before = [await head(), await sales()];
    const faults: string[] = [];
    let count = 0;
    for (const operation of walk.documented.operations.filter(written)) {
      const good = walk.goodRequest(operation);
      for (const { what, status, field, sending } of refusalsOf(walk.documented, good)) {
        count += 1;
        const reply = await send(operation, good, sending);
        faults.push(...faultsOfProblem(operation, reply));
        const names = reply.status < 400 ? [] : reply.problem.errors?.map((error) => error.field);
        const isNamed = names?.some(
          (name) => name === field || name.startsWith(`${field}[`) || name.startsWith(`${field}.`),
        );
        if (reply.status !== status || isNamed !== true)
          faults.push(`${operation.operationId}, ${what}: ${reply.text}`);
      }
    }
    expect(faults).to.deep.equal([]);
    expect(count).to.be.above(300);
    expect([await head(), await sales()]).to.deep.equal(before);
  });

  it('each refuses parameters that can not be meant, and names them', async () => {
    const before = await head();
    const faults: string[] = [];
    for (const operation of walk.documented.operations) {
      const good = walk.goodRequest(operation);
      const names = Object.keys(good.params);
      for (const name of names) {
        for (const wrong of ['1', '%00', `${good.params[name]}x`, '../../etc', '\u{1f39f}']) {
          const reply = await send(operation, { ...good, params: { ...good.params, [name]: wrong } });
          const isNamed = reply.status === 400 && reply.problem.errors?.some(({ field }) => field === name);
          if (isNamed !== true) faults.push(`${operation.path} ${name} ${wrong}: ${reply.text}`);
          faults.push(...faultsOfProblem(operation, reply));
        }
        const unknown = await send(operation, { ...good, params: { ...good.params, [name]: randomUUID() } });
        // A code is looked at before its ticket: a wrong one tells nothing of which tickets there are.
        const isTold = unknown.status === 404 || unknown.problem.code === 'secret_unknown';
        if (!isTold) faults.push(`${operation.path} with an unknown id: ${unknown.status} ${unknown.text}`);
        else faults.push(...faultsOfProblem(operation, unknown));
      }
      for (const query of [
        '?colour=red',
        '?a[b]=1',
        '?limit=1&limit=2',
        '?__proto__=1',
        '?limit=0',
        '?limit=101',
        '?x=%ff',
      ]) {
        const reply = await send(operation, { ...good, query });
        if (reply.status !== 400) faults.push(`${operation.path}${query}: ${reply.status} ${reply.text}`);
        else faults.push(...faultsOfProblem(operation, reply));
      }
      const others = await send(operation, good, { key: randomUUID(), headers: { 'Consistency-Token': 'forged' } });
      if (others.status !== 400) faults.push(`${operation.path} took a forged token: ${others.status}`);
      else faults.push(...faultsOfProblem(operation, others));
    }
    expect(faults).to.deep.equal([]);
    expect(await head()).to.equal(before);
  });

  it('cursors are taken by the list that gave them out alone, and as they were', async () => {
    const { body } = await platform.api.get('/v1/sales', { query: { limit: 1 } });
    const cursor = new URL(body.next ?? '', platform.url).searchParams.get('cursor') ?? '';
    const { params } = walk.goodRequest(walk.documented.operation('getStatement'));
    const list = '/v1/sales?limit=1&cursor=';
    expect((await platform.api.send('GET', list + cursor)).status).to.equal(200);
    const flipped = `${cursor.slice(0, 5)}${cursor[5] === 'A' ? 'B' : 'A'}${cursor.slice(6)}`;
    for (const path of [
      list + flipped,
      `${list}${cursor}.`,
      `${list}${cursor.slice(0, -1)}`,
      `${list}W10.W10`,
      `/v1/sales?status=open&cursor=${cursor}`,
      `/v1/cards/${params.cardId}/statement?cursor=${cursor}`,
    ]) {
      const { status, problem } = await platform.api.send('GET', path);
      expect([status, problem.errors?.map(({ field }) => field)], path).to.deep.equal([400, ['cursor']]);
    }
  });

  it('money with a fraction and days that are none are refused over a real route', async () => {
    const before = await head();
    const { operation, body, params } = walk.goodRequest(walk.documented.operation('announceSale'));
    const good = { params, query: '', ...(body && { body }) };
    const price = (amount: string): string => JSON.stringify(body).replace('4500', amount);
    for (const amount of ['12.5', '0.99999999999999999999', '-1', '"4500"', '1e999', '9007199254740993', 'null']) {
      const reply = await send(operation, good, { body: price(amount) });
      expect(reply.status, amount).to.equal(400);
      expect(
        reply.problem.errors?.map(({ field }) => field),
        amount,
      ).to.deep.equal(['price.amountMinor']);
    }
    for (const startsAt of ['2030-02-30T10:00:00Z', '2030-01-01', '2030-01-01T25:00:00Z', '2030-01-01T10:00:00', 0]) {
      const reply = await platform.api.send('POST', '/v1/sales', { body: { ...good.body, startsAt } });
      expect([reply.status, reply.problem.errors?.[0]?.field]).to.deep.equal([400, 'startsAt']);
    }
    const dear = { price: { amountMinor: 250_000_000_001, currency: 'EUR' }, perPersonLimit: 4 };
    const alike = { capacity: undefined, seats: ['A1', '\u04101'] };
    for (const [terms, field] of [
      [dear, 'price.amountMinor'],
      [alike, 'seats'],
    ] as const) {
      const reply = await platform.api.send('POST', '/v1/sales', { body: { ...good.body, ...terms } });
      expect([reply.status, reply.problem.errors?.[0]?.field]).to.deep.equal([400, field]);
    }
    const statement = addressOf(walk.documented.operation('getStatement'), {
      ...walk.goodRequest(walk.documented.operation('getStatement')).params,
    });
    for (const day of ['2029-02-29', '2030-13-01', '2030-1-1', '20300101']) {
      const reply = await platform.api.send('GET', `${statement}?fromBookingDate=${day}`);
      expect([reply.status, reply.problem.errors?.[0]?.field], day).to.deep.equal([400, 'fromBookingDate']);
    }
    expect(await head()).to.equal(before);
  });

  it('a key that was used for something else is refused', async () => {
    const before = await head();
    const { operation, body, key } = walk.goodRequest(walk.documented.operation('announceSale'));
    const other = await platform.api.send('POST', '/v1/sales', { body: { ...body, name: 'Another Night' }, key });
    expect([other.status, other.problem.code, other.problem.errors?.[0]?.field]).to.deep.equal([
      422,
      'idempotency_key_reused',
      'Idempotency-Key',
    ]);
    expect(faultsOfProblem(operation, other)).to.deep.equal([]);
    expect(await head()).to.equal(before);
  });

  it('the whole story told once more under new keys: what is refused by now is refused as documented', async () => {
    const faults: string[] = [];
    const statuses = new Set<number>();
    for (const step of walk.steps) {
      const reply = await send(step.operation, step);
      statuses.add(reply.status);
      faults.push(...walk.documented.faultsOf(step.operation, reply));
    }
    expect(faults).to.deep.equal([]);
    const late = walk.goodRequest(walk.documented.operation('extendOrder'));
    const { problem } = await send(late.operation, late);
    expect(problem).to.include({ status: 409, code: 'not_extendable', standing: 'partially_refunded' });
    expect([...statuses]).to.include.members([200, 201, 409]);
  });
});
