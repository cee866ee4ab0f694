import type { Benchmark } from '../benchmark.js';
import { Platform } from '../harness/platform.js';
import { runTask } from '../harness/task.js';
import type { BuyersJob, BuyersResult } from './buyers.js';

const perSecond = 200;
/** From the answer of a command to a read that sees it, at the 99th percentile. */
const targetMs = 20;

/** 200 commands a second on the embedded platform, each looked for in the view as soon as it is answered. */
export const benchmark: Benchmark = {
  name: 'end-to-end',
  run: async ({ isShort, seed, say }) => {
    const buyers = perSecond * (isShort ? 15 : 60);
    const warmUp = perSecond * 5;
    const platform = await Platform.start();
    const buy = (saleId: string, count: number, from: number): Promise<BuyersResult> =>
      runTask<BuyersJob, BuyersResult>(new URL('./buyers.js', import.meta.url), {
        url: platform.url,
        readUrl: platform.url,
        saleId,
        buyers: count,
        perSecond,
        seed: from,
      });
    try {
      const saleId = await platform.openSale(buyers + warmUp);
      const before = await buy(saleId, warmUp, seed);
      const usedBefore = platform.processorSeconds();
      const told = await buy(saleId, buyers, seed + 1);
      const processorSeconds = Number((platform.processorSeconds() - usedBefore).toFixed(2));
      say(`visible p50 ${told.visible.p50Ms} ms, p99 ${told.visible.p99Ms} ms`);
      const held = before.placed + told.placed;
      const places = await platform.places(saleId, (found) => found.held === held);
      return {
        correct: told.seen === told.placed && places.held === held && places.free === buyers + warmUp - held,
        ratio: {},
        figures: {
          perSecond,
          buyers,
          targetMs,
          isWithin: told.visible.p99Ms <= targetMs,
          ...told,
          processorSeconds,
        },
      };
    } finally {
      await platform.stop();
    }
  },
};
