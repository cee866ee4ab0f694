import { onJob } from '../harness/task.js';
import type { PurchaseDone, PurchaseJob } from './jobs.js';
import { Shop } from './shop.js';

let shop: Shop | undefined;

const opened = (): Shop => {
  if (shop === undefined) throw new Error('it was not opened');
  return shop;
};

const buyAll = async ({ picks, inFlight, round }: PurchaseJob & { do: 'buy' }): Promise<PurchaseDone> => {
  let next = 0;
  let fulfilled = 0;
  const begun = performance.now();
  const oneByOne = async (): Promise<void> => {
    for (let index = next++; index < picks.length; index = next++) {
      if ((await opened().buy(picks[index] ?? 0, `buyer-${round}-${index}`)) === 'fulfilled') fulfilled++;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, oneByOne));
  return { seconds: (performance.now() - begun) / 1_000, fulfilled };
};

onJob<PurchaseJob, PurchaseDone>(async (job) => {
  switch (job.do) {
    case 'open':
      shop = await Shop.open(job.where);
      await shop.openSales(job.sales, job.capacity);
      return {};
    case 'buy':
      return buyAll(job);
    case 'count':
      return opened().count();
    default:
      return job satisfies never;
  }
});
