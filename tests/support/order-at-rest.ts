import { answered, type ShopNow } from './crowd.js';
import { until } from './until.js';

const underWay: ReadonlySet<string> = new Set(['pending', 'action_required', 'checking', 'paid']);

/** Longer than a process that failed again and again waits for its next try. */
const limitMs = 120_000;

/** Waits until nothing is under way with an order. @throws Error that tells how it stands instead */
export const orderAtRest = async (shop: ShopNow, orderId: string): Promise<void> => {
  let seen = '';
  await until(
    `order ${orderId} comes to rest`,
    async () => {
      const { body } = await answered(shop, (now) => now.api.get('/v1/orders/{orderId}', { params: { orderId } }));
      seen = body.status;
      return !underWay.has(seen) && body.refunds.every(({ status }) => status !== 'requested');
    },
    limitMs,
  ).catch((cause: unknown) => {
    throw new Error(`order ${orderId} is still ${seen}`, { cause });
  });
};
