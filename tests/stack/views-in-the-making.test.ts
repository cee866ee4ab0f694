import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { ApiClient } from '../../src/infrastructure/http/client/api-client.js';
import { EmbeddedLeases } from '../../src/infrastructure/leases/embedded/embedded-leases.js';
import { EmbeddedViewStore } from '../../src/infrastructure/views/embedded/embedded-view-store.js';
import { views as allViews } from '../../src/main/catalogue.js';
import { allRoles } from '../../src/main/roles.js';
import { PlatformInTurns } from '../support/platform.js';
import type { Shop } from '../support/shop.js';
import { until } from '../support/until.js';

describe('views in the making', () => {
  let ground: PlatformInTurns;
  let leases: EmbeddedLeases;
  beforeEach(async () => {
    ground = await PlatformInTurns.open();
    leases = new EmbeddedLeases(ground.folder);
  });
  afterEach(async () => {
    await ground.remove();
    await leases.close();
  });

  /** Holds up every rebuild, as a process does that leads it. @returns the way to let go */
  const holdUp = async (): Promise<() => Promise<void>> => {
    const held = await Promise.all(allViews.map(({ name }) => leases.claim(`rebuild:${name}`, 'test', 600_000)));
    return async () => {
      for (const lease of held) await lease?.release();
    };
  };

  const alter = (statement: string): void => {
    const file = new DatabaseSync(join(ground.folder, 'views.db'), { timeout: 10_000 });
    file.exec(statement);
    file.close();
  };

  const isReady = async (): Promise<boolean> =>
    (await new ApiClient(ground.running.operatorUrl).send('GET', '/readyz')).status === 200;

  const versions = async (): Promise<readonly (number | undefined)[]> => {
    const views = EmbeddedViewStore.open({ folder: ground.folder, readOnly: true });
    const live = await Promise.all(allViews.map((projection) => views.live(projection)));
    await views.close();
    return live.map((one) => one?.version);
  };

  const becomeCurrent = (): Promise<void> =>
    until(
      'every view is of this version',
      async () => (await versions()).join() === allViews.map(({ version }) => version).join(),
      30_000,
    );

  const sold = async (shop: Shop, saleId: string): Promise<number> => (await shop.saleOf(saleId)).sold;

  const buyOne = async (): Promise<string> => {
    const shop = await ground.start(allRoles);
    const saleId = await shop.openSale();
    const { token } = await shop.buy(saleId, await shop.issueCard());
    expect(await shop.saleOf(saleId, token)).to.include({ sold: 1 });
    await ground.stop();
    return saleId;
  };

  it('of a new version: the servers answer from the old till it is made, and take purchases', async () => {
    const saleId = await buyOne();
    alter('UPDATE generations SET version = 0 WHERE live = 1');
    const letGo = await holdUp();
    const shop = await ground.start(allRoles);
    expect(await isReady()).to.equal(true);
    expect(await sold(shop, saleId)).to.equal(1);
    const { orderId } = (await shop.order(saleId)).body;
    expect((await shop.pay(orderId, await shop.issueCard())).status).to.equal(201);
    expect(await sold(shop, saleId)).to.equal(1);
    expect(new Set(await versions())).to.deep.equal(new Set([0]));
    await letGo();
    await becomeCurrent();
    await until('the purchase is seen', async () => (await sold(shop, saleId)) === 2);
  }).timeout(90_000);

  it('that was lost: reads are refused and the process is not ready till it is made; purchases go on', async () => {
    const saleId = await buyOne();
    alter("DELETE FROM generations WHERE projection = 'availability'");
    const letGo = await holdUp();
    const shop = await ground.start(allRoles);
    expect(await isReady()).to.equal(false);
    expect((await shop.api.get('/v1/sales/{saleId}', { params: { saleId } })).problem.code).to.equal(
      'views_unavailable',
    );
    expect((await shop.order(saleId)).status).to.equal(201);
    await letGo();
    await becomeCurrent();
    expect(await isReady()).to.equal(true);
    expect(await sold(shop, saleId)).to.equal(1);
  }).timeout(90_000);

  it('of an empty store are ready at once', async () => {
    await ground.start(allRoles);
    expect(await isReady()).to.equal(true);
    expect(await versions()).to.deep.equal(allViews.map(({ version }) => version));
  });

  it('of an empty store, where another makes them: the process starts all the same', async () => {
    const letGo = await holdUp();
    const shop = await ground.start(allRoles);
    expect(await isReady()).to.equal(false);
    const saleId = await shop.openSale();
    await letGo();
    await becomeCurrent();
    expect(await isReady()).to.equal(true);
    await until(
      'the sale is seen',
      async () => (await shop.api.get('/v1/sales/{saleId}', { params: { saleId } })).status === 200,
    );
  }).timeout(90_000);
});
