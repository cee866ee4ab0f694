import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { beginning } from '../../src/application/ports/event-store.js';
import { systemClock } from '../../src/infrastructure/clock/system-clock.js';
import { ReadOnlyEventStore } from '../../src/infrastructure/event-store/embedded/read-only-event-store.js';
import { EmbeddedFeed } from '../../src/infrastructure/feed/embedded/embedded-feed.js';
import { EmbeddedViewStore } from '../../src/infrastructure/views/embedded/embedded-view-store.js';
import { partitions, allProjections as projections } from '../../src/main/catalogue.js';
import { allRoles } from '../../src/main/roles.js';
import { readSettings } from '../../src/main/settings.js';
import { verifyViews } from '../../src/main/verification.js';
import { crashVariable } from '../support/crash-points.js';
import { PlatformInTurns, settingsFor } from '../support/platform.js';
import { compiledOnce } from '../support/server-process.js';
import { checkpointOf } from '../support/things.js';
import { until } from '../support/until.js';

const child = fileURLToPath(new URL('../support/projecting-child.js', import.meta.url));
const kills = 100;

describe('projectors that die', () => {
  let ground: PlatformInTurns;

  beforeEach(async () => {
    ground = await PlatformInTurns.open();
  });

  afterEach(() => ground.remove());

  /** How a process that brings the views on ended. */
  const dieAt = (point: string): Promise<{ readonly signal: string | null; readonly said: string }> =>
    new Promise((resolve) => {
      const env = { ...process.env, ...compiledOnce, [crashVariable]: point };
      const ended = execFile(
        process.execPath,
        [child, ground.folder],
        { env, timeout: 30_000 },
        (_error, _stdout, said) => resolve({ signal: ended.signalCode, said }),
      );
    });

  /** Views whose documents are ahead of what their readers have acknowledged. */
  const unacknowledged = async (): Promise<number> => {
    const { folder } = ground;
    const store = new ReadOnlyEventStore(folder);
    const feed = new EmbeddedFeed({ store, folder, partitions, clock: systemClock });
    const views = EmbeddedViewStore.open({ folder, readOnly: true });
    const lags = await feed.lags();
    let count = 0;
    for (const projection of projections) {
      const taken = lags.find(({ group }) => group === projection.name)?.position ?? beginning;
      if ((await checkpointOf(views, projection, 0)) > taken) count += 1;
    }
    await feed.close();
    await views.close();
    await store.close();
    return count;
  };

  it(`${kills} times between effect and acknowledgement: all is delivered again, and has one effect (STR-17)`, async () => {
    let shop = await ground.start(allRoles.filter((role) => role !== 'projector'));
    const saleId = await shop.openSale({ capacity: kills });
    const card = await shop.issueCard();
    for (let kill = 0; kill < kills; kill++) {
      const { orderId } = (await shop.order(saleId)).body;
      expect((await shop.pay(orderId, card)).status).to.equal(201);
      // Four views take something of every purchase.
      const point = `feed.take.after:${1 + (kill % 4)}`;
      const { signal, said } = await dieAt(point);
      expect([signal, said.trim()]).to.deep.equal(['SIGKILL', `dies at ${point}`]);
      expect(await unacknowledged(), `kill ${kill}`).to.be.greaterThan(0);
    }
    shop = await ground.start(allRoles);
    await until('the views are up to date', async () => (await shop.saleOf(saleId)).sold === kills);
    await ground.stop();
    for await (const { view, differences } of verifyViews(readSettings(settingsFor(ground.folder)), projections)) {
      expect(differences, view).to.deep.equal([]);
    }
  }).timeout(300_000);
});
