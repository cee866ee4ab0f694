import { expect } from 'chai';
import { readSettings } from '../../src/main/settings.js';
import { verifyInvariants } from '../../src/main/verification.js';
import { buyOne, crowd, expectAllSold } from '../support/crowd.js';
import { newFolder, removeFolder, settingsFor, startHere } from '../support/platform.js';
import { ServerProcess } from '../support/server-process.js';

const buyers = 500;
const places = 100;
const priceMinor = 4_500;
const cards = 25;

describe('500 buyers for 100 tickets', function () {
  this.timeout(180_000);
  let folder: string;

  beforeEach(async () => {
    folder = await newFolder();
  });

  afterEach(() => removeFolder(folder));

  it('exactly 100 different tickets are sold, and each loser is told so (TIX-2)', async () => {
    const platform = await startHere(folder);
    try {
      const { shop } = platform;
      const saleId = await shop.openSale({ capacity: places });
      const all = await crowd(shop, buyers, cards);
      const fates = await Promise.all(all.map((buyer) => buyOne(() => shop, saleId, buyer)));
      await expectAllSold(shop, { saleId, fates, places, priceMinor });
      expect(await verifyInvariants(readSettings(settingsFor(folder)), { isQuiescent: true })).to.deep.equal([]);
    } finally {
      await platform.stop();
    }
  });

  it('the same with kill -9 in the middle, restarts, and buyers who repeat with their keys (TIX-3, TIX-9)', async () => {
    let server = await ServerProcess.start(folder);
    try {
      const saleId = await server.shop.openSale({ capacity: places });
      const all = await crowd(server.shop, buyers, cards);
      let paid = 0;
      let restarts = Promise.resolve();
      const onPaid = (): void => {
        paid += 1;
        if (paid !== 10 && paid !== 60) return;
        restarts = restarts.then(async () => {
          await server.kill();
          server = await ServerProcess.start(folder);
        });
      };
      const fates = await Promise.all(all.map((buyer) => buyOne(() => server.shop, saleId, buyer, onPaid)));
      await restarts;
      await expectAllSold(server.shop, { saleId, fates, places, priceMinor });
      expect(await verifyInvariants(readSettings(settingsFor(folder)), { isQuiescent: true })).to.deep.equal([]);
    } finally {
      await server.stop();
    }
  });
});
