import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { systemClock } from '../../src/infrastructure/clock/system-clock.js';
import { ReadOnlyEventStore } from '../../src/infrastructure/event-store/embedded/read-only-event-store.js';
import { EmbeddedFeed } from '../../src/infrastructure/feed/embedded/embedded-feed.js';
import { EmbeddedViewStore } from '../../src/infrastructure/views/embedded/embedded-view-store.js';
import { projections } from '../../src/main/catalogue.js';
import { type Platform, startPlatform } from '../../src/main/platform.js';
import { allRoles, type Role } from '../../src/main/roles.js';
import { readSettings } from '../../src/main/settings.js';
import { verifyViews } from '../../src/main/verification.js';
import { Api } from '../support/api.js';
import { newFolder, removeFolder, settingsFor } from '../support/platform.js';
import { Shop } from '../support/shop.js';
import { until } from '../support/until.js';

const child = fileURLToPath(new URL('../support/projecting-child.js', import.meta.url));
const kills = 100;

describe('projectors that die', () => {
  let folder: string;
  let running: Platform | undefined;

  beforeEach(async () => {
    folder = await newFolder();
  });

  afterEach(async () => {
    await running?.stop();
    await removeFolder(folder);
  });

  const start = async (roles: readonly Role[]): Promise<Shop> => {
    running = await startPlatform(readSettings(settingsFor(folder)), new Set(roles));
    return new Shop(new Api(running.url));
  };

  /** How a process that brings the views on ended. */
  const dieAt = (point: string): Promise<{ readonly signal: string | null; readonly said: string }> =>
    new Promise((resolve) => {
      const env = { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'boxoffice-compiled') };
      const ended = execFile(
        process.execPath,
        [child, folder, point],
        { env, timeout: 30_000 },
        (_error, _stdout, said) => resolve({ signal: ended.signalCode, said }),
      );
    });

  /** Views whose documents are ahead of what their readers have acknowledged. */
  const unacknowledged = async (): Promise<number> => {
    const store = new ReadOnlyEventStore(folder);
    const feed = new EmbeddedFeed({ store, folder, clock: systemClock });
    const views = EmbeddedViewStore.open({ folder, readOnly: true });
    let count = 0;
    for (const projection of projections) {
      if ((await views.checkpoint(projection, 0)) > (await feed.position(projection.name, 0))) count += 1;
    }
    await feed.close();
    await views.close();
    await store.close();
    return count;
  };

  it(`${kills} times between effect and acknowledgement: all is delivered again, and has one effect (STR-17)`, async () => {
    let shop = await start(allRoles.filter((role) => role !== 'projector'));
    const saleId = await shop.openSale({ capacity: kills });
    const card = await shop.issueCard();
    for (let kill = 0; kill < kills; kill++) {
      const { orderId } = await shop.api.done(shop.order(saleId));
      expect((await shop.pay(orderId, card.token)).status).to.equal(201);
      // Six views take something of every purchase.
      const point = `feed.take.after:${1 + (kill % 6)}`;
      const { signal, said } = await dieAt(point);
      expect([signal, said.trim()]).to.deep.equal(['SIGKILL', `dies at ${point}`]);
      expect(await unacknowledged(), `kill ${kill}`).to.be.greaterThan(0);
    }
    await running?.stop();
    shop = await start(allRoles);
    await until('the views are up to date', async () => (await shop.saleOf(saleId)).sold === kills);
    await running?.stop();
    running = undefined;
    for await (const { view, differences } of verifyViews(folder, projections)) {
      expect(differences, view).to.deep.equal([]);
    }
  }).timeout(300_000);
});
