import { expect } from 'chai';
import { crashPoints } from '../../src/main/crash-points.js';
import { Acknowledged, type Counter, serve, type Wish } from '../support/customers.js';
import { newFolder, removeFolder } from '../support/platform.js';
import { TortureGround } from '../support/torture-ground.js';

const wishes: readonly Wish[] = ['refund', 'declined', 'leave', 'keep'];
const lanes = 2;

const openCounter = async (ground: TortureGround, own: object): Promise<Counter> => {
  const shop = ground.shop();
  const saleId = await shop.openSale({ capacity: 1_000, ...own });
  const card = await shop.issueCard(100_000_000);
  const badToken = await shop.testCard('4000000000000002');
  return { shop: ground.shop, saleId, card, badToken, told: new Acknowledged([card]) };
};

describe('torture', function () {
  this.timeout(300_000);
  let folder: string;

  beforeEach(async () => {
    folder = await newFolder();
  });

  afterEach(() => removeFolder(folder));

  for (let lane = 0; lane < lanes; lane++) {
    const points = crashPoints.filter((_, index) => index % lanes === lane);
    it(`a server dies at each of ${points.length} points, and nothing that was answered is lost (STR-12, STR-17)`, async () => {
      const ground = new TortureGround(folder);
      await ground.start();
      const counter = await openCounter(ground, { holdSeconds: 1 });
      await ground.stop();
      const waiting: Promise<void>[] = [];
      try {
        for (const point of points) {
          const died = ground.runUntilItDies(point);
          waiting.push(...wishes.map((wish) => serve(counter, wish)));
          expect(await died).to.include(`dies at ${point}:1`);
        }
        await ground.start();
        await Promise.all(waiting);
        const found = await ground.audit(counter.told.orderIds, () => counter.told.expectations());
        expect(found).to.deep.equal([]);
      } finally {
        await ground.stop();
      }
    });
  }
});
