import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { Acknowledged, serve } from '../support/customers.js';
import { FailingDisk, hasCompiler, ways } from '../support/failing-disk.js';
import { needs } from '../support/needs.js';
import { newFolder, removeFolder } from '../support/platform.js';
import { TortureGround } from '../support/torture-ground.js';
import { until } from '../support/until.js';

/** What still works while a file can't be written: the events are the truth, all else is made of them. */
const files = [
  { file: 'events.db', sells: false },
  { file: 'views.db', sells: true },
  { file: 'feed.db', sells: true },
  { file: 'idempotency.db', sells: true },
  { file: 'snapshots.db', sells: true },
] as const;

describe('a disk that fails under a server', function () {
  this.timeout(240_000);
  const folders: string[] = [];

  const folder = async (): Promise<string> => {
    const made = await newFolder();
    folders.push(made);
    return made;
  };

  before(async function () {
    needs(this, (await hasCompiler()) ? undefined : 'cc is needed here and is not on the path', 'failing disks');
  });

  after(async () => {
    for (const made of folders.splice(0)) await removeFolder(made);
  });

  for (const { file, sells } of files) {
    it(`${file}: full, read-only, EIO; refused or sold, never lost, and it goes on when the disk is well again`, async () => {
      const disk = await FailingDisk.build(await folder());
      const ground = new TortureGround(await folder());
      try {
        await ground.start(disk.environment);
        const saleId = await ground.shop().openSale({ capacity: 1_000 });
        const card = await ground.shop().issueCard(100_000_000);
        const told = new Acknowledged([card]);
        const counter = { shop: ground.shop, saleId, card, badToken: card.token, told };
        await serve(counter, 'keep');
        for (const way of ways) {
          await disk.fail(way, file);
          if (sells) await serve(counter, 'keep');
          else {
            const key = randomUUID();
            const refused = await ground.shop().order(saleId, {}, key);
            expect([refused.status, refused.headers.has('retry-after')], `${way}: ${refused.text}`).to.deep.equal([
              503,
              true,
            ]);
            expect((await ground.shop().saleOf(saleId)).capacity).to.equal(1_000);
          }
          await disk.heal();
          await serve(counter, 'keep');
          await until(
            `the views go on after ${way}`,
            async () => (await ground.shop().saleOf(saleId)).sold === told.sold,
            60_000,
          );
        }
        expect(await ground.audit(told.orderIds, () => told.expectations())).to.deep.equal([]);
        if (sells) return;
        await ground.kill();
        await ground.start();
        expect(await ground.audit(told.orderIds, () => told.expectations()), 'after a restart').to.deep.equal([]);
      } finally {
        await ground.stop();
      }
    });
  }
});
