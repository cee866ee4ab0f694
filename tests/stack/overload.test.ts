import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { newFolder, removeFolder, startHere } from '../support/platform.js';
import { until } from '../support/until.js';

const atOnce = 50;
const maxInFlight = 6;
const priceMinor = 4_500;

describe('past its limit', () => {
  it('the platform refuses at once, and what it lets in is answered and right (CLK-13)', async () => {
    const folder = await newFolder();
    const platform = await startHere(folder, { BOXOFFICE_MAX_IN_FLIGHT: String(maxInFlight) });
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
      expect(placed.length).to.be.at.least(maxInFlight);
      for (const { headers, problem } of refused) {
        expect(problem.code).to.equal('overloaded');
        expect(headers.get('retry-after')).to.equal('1');
      }
      const heldNow = async (): Promise<number> => (await shop.saleOf(saleId)).held;
      await until('the places of those that were let in are held', async () => (await heldNow()) === placed.length);

      const orderIds: string[] = [];
      for (const key of keys) {
        const again = await shop.order(saleId, wish(key), key);
        expect(again.status).to.equal(201);
        orderIds.push(again.body.orderId);
      }
      await until('each has one place', async () => (await heldNow()) === atOnce);

      const card = await shop.issueCard();
      const paying: { readonly orderId: string; readonly key: string; readonly token: string }[] = [];
      for (const orderId of orderIds.slice(0, atOnce / 2)) {
        paying.push({ orderId, key: randomUUID(), token: (await shop.tokenOf(card)).body.token });
      }
      for (let open = paying; open.length > 0; ) {
        const told = await Promise.all(open.map(({ orderId, key, token }) => shop.pay(orderId, token, key)));
        expect(told.filter(({ status }) => status !== 201 && status !== 503)).to.deep.equal([]);
        open = open.filter((_, index) => told[index]?.status === 503);
      }
      const soldAll = async (): Promise<boolean> => (await shop.saleOf(saleId)).sold === paying.length;
      await until('what was paid is sold', soldAll);
      expect(await shop.saleOf(saleId)).to.include({ free: 0, held: atOnce / 2, sold: atOnce / 2 });
      for (const { orderId } of paying) await shop.orderBecomes(orderId, 'fulfilled');
      const charged = async (): Promise<number> => -(await shop.statementOf(card.cardId)).closingBalance.amountMinor;
      await until('each is charged once', async () => (await charged()) === paying.length * priceMinor);
    } finally {
      await platform.stop();
      await removeFolder(folder);
    }
  });
});
