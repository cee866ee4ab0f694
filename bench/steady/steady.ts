import type { Benchmark } from '../benchmark.js';
import { issueCard, tokensOf } from '../harness/cards.js';
import { Platform } from '../harness/platform.js';
import { runTask } from '../harness/task.js';
import type { CustomersJob, CustomersResult } from './customers.js';

const perSecond = 200;
/** What a command may take, at the 99th percentile. */
const targetMs = 50;

const buy = (platform: Platform, saleId: string, cardTokens: readonly string[], customers: number, seed: number) =>
  runTask<CustomersJob, CustomersResult>(new URL('./customers.js', import.meta.url), {
    url: platform.url,
    saleId,
    cardTokens,
    customers,
    perSecond,
    seed,
  });

/** One sale, 200 whole purchases a second over HTTP with a bank behind gRPC, for a while. */
export const benchmark: Benchmark = {
  name: 'steady',
  run: async ({ isShort, seed, say }) => {
    const customers = perSecond * (isShort ? 15 : 60);
    const warmUp = perSecond * 5;
    const platform = await Platform.start();
    try {
      const typed = await issueCard(platform.api);
      const tokensFor = (count: number) => tokensOf(platform.api, [typed], count);
      const saleId = await platform.openSale(customers + warmUp);
      const before = await buy(platform, saleId, await tokensFor(warmUp), warmUp, seed);
      say(`warmed up: ${JSON.stringify(before.answers)}`);
      const cardTokens = await tokensFor(customers);
      const usedBefore = platform.processorSeconds();
      const told = await buy(platform, saleId, cardTokens, customers, seed + 1);
      const processorSeconds = Number((platform.processorSeconds() - usedBefore).toFixed(2));
      say(`orders p99 ${told.order.p99Ms} ms, payments p99 ${told.payment.p99Ms} ms`);
      const places = await platform.places(saleId, ({ sold }) => sold === customers + warmUp);
      const isPaid = told.answers['order 201'] === customers && told.answers['payment 201'] === customers;
      const correct = isPaid && places.sold === customers + warmUp && places.free === 0 && places.held === 0;
      const isWithin = Math.max(told.order.p99Ms, told.payment.p99Ms) < targetMs;
      return {
        correct,
        ratio: {},
        figures: { perSecond, customers, targetMs, isWithin, ...told, places, processorSeconds },
      };
    } finally {
      await platform.stop();
    }
  },
};
