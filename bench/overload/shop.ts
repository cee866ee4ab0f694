import { setTimeout as wait } from 'node:timers/promises';
import type { ApiClient, Schemas } from '../../src/infrastructure/http/client/api-client.js';
import { issueCard } from '../harness/cards.js';
import { randomFrom } from '../harness/random.js';

export interface PaidCard {
  readonly cardId: string;
  readonly typed: Schemas['CardDataBody'];
}

interface Verified {
  readonly sold: number;
  readonly ordersLookedAt: number;
  readonly wrong: readonly string[];
}

interface Sold {
  readonly saleIds: readonly string[];
  readonly cards: readonly PaidCard[];
  /** Orders that were answered as paid. */
  readonly orderIds: readonly string[];
  /** Orders whose payment was answered as not known yet: each ends, as fulfilled or open again. */
  readonly pendingIds: readonly string[];
  readonly seed: number;
}

const priceMinor = 5_000;
const settleMs = 60_000;
const lookedAt = 300;

/** Cards with limits that nobody reaches. */
export const issueCards = async (api: ApiClient, count: number): Promise<readonly PaidCard[]> => {
  const cards: PaidCard[] = [];
  for (let n = 0; n < count; n++) {
    const typed = await issueCard(api);
    const { cardId } = (await api.post('/bank/v1/tokens', { body: typed })).body;
    cards.push({ cardId, typed });
  }
  return cards;
};

/** How an order stands when its payment has come to an end. */
const settled = async (api: ApiClient, orderId: string): Promise<string> => {
  for (const giveUpAt = performance.now() + settleMs; ; await wait(100)) {
    const { status } = (await api.get('/v1/orders/{orderId}', { params: { orderId } })).body;
    if (!['pending', 'checking', 'paid'].includes(status) || performance.now() > giveUpAt) return status;
  }
};

/**
 * Holds what was answered against what is there: as many places sold as payments answered 201, the cards charged just
 * that, each order that is looked at fulfilled with its ticket, and no place held by an order that was paid.
 */
export const verify = async (
  api: ApiClient,
  { saleIds, cards, pendingIds, seed, ...answered }: Sold,
): Promise<Verified> => {
  const wrong: string[] = [];
  const orderIds = [...answered.orderIds];
  for (const orderId of pendingIds) {
    const status = await settled(api, orderId);
    if (status === 'fulfilled') orderIds.push(orderId);
    else if (status !== 'awaiting_payment' && status !== 'expired') wrong.push(`order ${orderId} stays ${status}`);
  }
  let [sold, charged] = [0, 0];
  for (const giveUpAt = performance.now() + settleMs; ; ) {
    [sold, charged] = [0, 0];
    for (const saleId of saleIds) {
      const places = (await api.get('/v1/sales/{saleId}', { params: { saleId } })).body;
      sold += places.sold;
      if (places.free + places.held + places.sold !== places.capacity) wrong.push(`places of ${saleId} don't add up`);
    }
    for (const { cardId } of cards) {
      const statement = await api.get('/v1/cards/{cardId}/statement', { params: { cardId }, query: { limit: 1 } });
      charged -= statement.body.closingBalance.amountMinor;
    }
    if ((sold === orderIds.length && charged === sold * priceMinor) || performance.now() > giveUpAt) break;
  }
  if (new Set(orderIds).size !== orderIds.length) wrong.push('an order was paid twice');
  if (sold !== orderIds.length) wrong.push(`${sold} places sold, ${orderIds.length} payments answered`);
  if (charged !== sold * priceMinor) wrong.push(`${charged} charged for ${sold} places`);
  const random = randomFrom(seed);
  for (let n = 0; n < Math.min(lookedAt, orderIds.length); n++) {
    const orderId = orderIds[Math.floor(random() * orderIds.length)] ?? '';
    const order = (await api.get('/v1/orders/{orderId}', { params: { orderId } })).body;
    if (order.status !== 'fulfilled' || order.ticketIds.length !== 1) wrong.push(`order ${orderId} is ${order.status}`);
  }
  return { sold, ordersLookedAt: Math.min(lookedAt, orderIds.length), wrong: [...new Set(wrong)] };
};
