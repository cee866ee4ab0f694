import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { ApiClient } from '../../src/infrastructure/http/client/api-client.js';
import { startPlatform } from '../../src/main/platform.js';
import { allRoles, type Role } from '../../src/main/roles.js';
import { readSettings } from '../../src/main/settings.js';
import { tokens } from '../../src/main/tokens.js';
import { newFolder, PlatformInTurns, removeFolder, settingsFor } from '../support/platform.js';
import { Shop } from '../support/shop.js';
import { until } from '../support/until.js';

/** Nobody listens there. */
const noBank = '127.0.0.1:9';

describe('what goes on while something is away', () => {
  let ground: PlatformInTurns;

  beforeEach(async () => {
    ground = await PlatformInTurns.open();
  });

  afterEach(() => ground.remove());

  const without = (...away: readonly Role[]): readonly Role[] => allRoles.filter((role) => !away.includes(role));

  it('projectors: purchases go on, and the sale itself says that it is sold out (TIX-5, OPS-20)', async () => {
    let shop = await ground.start(allRoles);
    const saleId = await shop.openSale({ capacity: 2 });
    const card = await shop.issueCard();
    const { token } = await shop.buy(saleId, card);
    expect(await shop.saleOf(saleId, token)).to.include({ free: 1, sold: 1 });
    shop = await ground.start(without('projector'));
    const last = await shop.order(saleId);
    expect(last.status).to.equal(201);
    expect((await shop.pay(last.body.orderId, card)).status).to.equal(201);
    const late = await shop.order(saleId);
    expect([late.status, late.problem.code]).to.deep.equal([409, 'sold_out']);
    expect(await shop.saleOf(saleId)).to.include({ free: 1, sold: 1 });
    shop = await ground.start(allRoles);
    await until('the sale is shown sold out', async () => (await shop.saleOf(saleId)).sold === 2);
  });

  it('projectors that hang: no command waits for them (PAY-33)', async () => {
    const shop = await ground.start(allRoles);
    const saleId = await shop.openSale({ capacity: 50 });
    const card = await shop.issueCard();
    const before = await shop.buy(saleId, card);
    expect(await shop.saleOf(saleId, before.token)).to.include({ sold: 1 });
    const views = new DatabaseSync(join(ground.folder, 'views.db'), { timeout: 10_000 });
    views.exec('BEGIN IMMEDIATE');
    for (let round = 0; round < 20; round++) {
      const { orderId } = (await shop.order(saleId)).body;
      expect((await shop.pay(orderId, card)).status).to.equal(201);
    }
    expect(await shop.saleOf(saleId, before.token)).to.include({ sold: 1 });
    views.exec('ROLLBACK');
    views.close();
    await until('the views are up to date', async () => (await shop.saleOf(saleId)).sold === 21);
  });

  it('a bank that runs alone has the statements, and where it is missing is said who has it', async () => {
    await using stack = new AsyncDisposableStack();
    const bankFolder = await newFolder();
    stack.defer(() => removeFolder(bankFolder));
    const settings = readSettings(settingsFor(bankFolder));
    const bank = await startPlatform(settings, new Set<Role>(['bank', 'projector', 'query-api']));
    stack.defer(() => bank.stop());
    const ofBank = new Shop(new ApiClient(bank.url));
    const { cardId } = await ofBank.issueCard();
    const params = { cardId };
    const found = async () => (await ofBank.api.get('/v1/cards/{cardId}/statement', { params })).status === 200;
    await until('the bank has the statement', found);

    const shop = await ground.start(without('bank'), { BOXOFFICE_BANK: noBank });
    const elsewhere = await shop.api.get('/v1/cards/{cardId}/statement', { params });
    expect([elsewhere.status, elsewhere.problem.code]).to.deep.equal([404, 'kept_by_bank']);
    const nowhere = await ofBank.api.get('/v1/cards/{cardId}/statement', { params: { cardId: randomUUID() } });
    expect([nowhere.status, nowhere.problem.code]).to.deep.equal([404, 'not_found']);
  });

  it('the worker: purchases go on (OPS-11)', async () => {
    const shop = await ground.start(without('worker'));
    const { order } = await shop.buy(await shop.openSale(), await shop.issueCard());
    expect(order.status).to.equal('fulfilled');
  });

  it('the bank: orders, cancellations and reads go on, a payment is not known yet (OPS-11)', async () => {
    const shop = await ground.start(without('bank'), { BOXOFFICE_BANK: noBank, BOXOFFICE_BANK_DEADLINE_MS: '300' });
    const saleId = await shop.openSale();
    const kept = await shop.order(saleId);
    const paid = await shop.pay(kept.body.orderId, 'tok_of_another_bank');
    expect([paid.status, paid.body.status]).to.deep.equal([202, 'pending']);
    const other = await shop.order(saleId);
    const cancelled = await shop.api.post('/v1/orders/{orderId}/cancel', { params: { orderId: other.body.orderId } });
    expect(cancelled.status).to.equal(200);
    expect(await shop.saleOf(saleId, cancelled.token)).to.include({ held: 1, free: 9 });
    expect((await shop.orderOf(kept.body.orderId, paid.token)).status).to.equal('checking');
    const operator = new ApiClient(ground.running.operatorUrl);
    expect((await operator.send('GET', '/readyz')).status).to.equal(200);
  });

  it('the query side: commands go on; and commands: reads go on, the statement too (PAY-54)', async () => {
    let shop = await ground.start(allRoles);
    const saleId = await shop.openSale();
    const card = await shop.issueCard();
    await shop.buy(saleId, card).then(({ token }) => shop.statementOf(card.cardId, token));
    shop = await ground.start(without('query-api'));
    expect((await shop.order(saleId)).status).to.equal(201);
    expect((await shop.api.get('/v1/sales/{saleId}', { params: { saleId } })).status).to.equal(405);
    shop = await ground.start(['query-api']);
    expect((await shop.statementOf(card.cardId)).items).to.have.length(1);
    expect((await shop.api.send('POST', '/v1/orders', { body: {} })).status).to.be.oneOf([404, 405]);
  });

  it('views: a query side without any is not ready, and says so', async () => {
    const shop = await ground.start(['query-api']);
    const operator = new ApiClient(ground.running.operatorUrl);
    const early = await operator.send('GET', '/readyz');
    expect(early.status).to.equal(503);
    expect(early.text).to.include('views');
    const read = await shop.api.get('/v1/sales', {});
    expect([read.status, read.problem.code]).to.deep.equal([503, 'views_unavailable']);
  });

  it('one reader that fails: the others are up to date, and only it lags (OPS-14, STR-18)', async () => {
    const shop = await ground.start(allRoles);
    const feed = await ground.running.container.getAsync(tokens.feed);
    feed.subscribe({ group: 'broken', types: ['OrderPlaced'], handle: () => Promise.reject(new Error('always')) });
    const card = await shop.issueCard();
    const { order, token } = await shop.buy(await shop.openSale(), card);
    expect(order.status).to.equal('fulfilled');
    expect((await shop.statementOf(card.cardId, token)).items).to.have.length(1);
    const behind = async () => (await feed.lags()).filter(({ lag }) => lag > 0).map(({ group }) => group);
    await until('the others are up to date', async () => (await behind()).join() === 'broken');
    const lags = await feed.lags();
    expect(lags.find(({ group }) => group === 'broken')?.lag).to.equal(1);
    expect(lags.find(({ group }) => group === 'broken')?.oldestAt).to.be.a('number');
  });
});
