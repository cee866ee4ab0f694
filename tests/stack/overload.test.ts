import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { newFolder, removeFolder, startHere } from '../support/platform.js';
import { until } from '../support/until.js';

const atOnce = 80;
const underWay = 8;

describe('past its limit', () => {
  it('the platform refuses at once, and what it lets in is answered and right (CLK-13)', async () => {
    const folder = await newFolder();
    const platform = await startHere(folder, { BOXOFFICE_UNDER_WAY: String(underWay) });
    try {
      const { shop } = platform;
      const saleId = await shop.openSale({ capacity: atOnce });
      const keys = Array.from({ length: atOnce }, () => randomUUID());
      const wish = (key: string) => ({ buyer: { email: `${key}@example.com`, name: 'Ana Lima' } });
      const first = await Promise.all(keys.map((key) => shop.order(saleId, wish(key), key)));
      const refused = first.filter(({ status }) => status === 503);
      const placed = first.filter(({ status }) => status === 201);
      expect(refused.length + placed.length, 'no other answer').to.equal(atOnce);
      expect(refused.length).to.be.greaterThan(0);
      expect(placed.length).to.be.at.least(underWay);
      for (const { headers, problem } of refused) {
        expect(problem.code).to.equal('overloaded');
        expect(headers.get('retry-after')).to.equal('1');
      }
      const heldNow = async (): Promise<number> => (await shop.saleOf(saleId)).held;
      await until('the places of those that were let in are held', async () => (await heldNow()) === placed.length);

      for (const key of keys) {
        const again = await shop.order(saleId, wish(key), key);
        expect(again.status).to.equal(201);
      }
      await until('each has one place', async () => (await heldNow()) === atOnce);
      expect(await shop.saleOf(saleId)).to.include({ free: 0, held: atOnce, sold: 0 });
    } finally {
      await platform.stop();
      await removeFolder(folder);
    }
  });
});
