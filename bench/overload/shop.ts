import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { randomFrom } from '../harness/random.js';

export interface PaidCard {
  readonly cardId: string;
  readonly token: string;
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

const post = async <T>(url: string, body: object): Promise<T> => {
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${url}: ${response.status} ${text}`);
  return JSON.parse(text);
};

const get = async <T>(url: string): Promise<T> => {
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok) throw new Error(`GET ${url}: ${response.status} ${text}`);
  return JSON.parse(text);
};

/** Cards with limits that nobody reaches, each as the token that a payment names. */
export const issueCards = async (url: string, count: number): Promise<readonly PaidCard[]> => {
  const cards: PaidCard[] = [];
  const limit = { amountMinor: 1_000_000_000_000, currency: 'EUR' };
  for (let n = 0; n < count; n++) {
    const issued = await post<Record<string, unknown>>(`${url}/bank/v1/cards`, { holder: `Holder ${n}`, limit });
    const { number, expiryMonth, expiryYear, securityCode } = issued;
    cards.push(await post<PaidCard>(`${url}/bank/v1/tokens`, { number, expiryMonth, expiryYear, securityCode }));
  }
  return cards;
};

interface Statement {
  readonly closingBalance: { readonly amountMinor: number };
}

/** How an order stands when its payment has come to an end. */
const settled = async (url: string, orderId: string): Promise<string> => {
  for (const giveUpAt = performance.now() + settleMs; ; await wait(100)) {
    const { status } = await get<{ status: string }>(`${url}/v1/orders/${orderId}`);
    if (!['pending', 'checking', 'paid'].includes(status) || performance.now() > giveUpAt) return status;
  }
};

/**
 * Holds what was answered against what is there: as many places sold as payments answered 201, the cards charged just
 * that, each order that is looked at fulfilled with its ticket, and no place held by an order that was paid.
 */
export const verify = async (
  url: string,
  { saleIds, cards, pendingIds, seed, ...answered }: Sold,
): Promise<Verified> => {
  const wrong: string[] = [];
  const orderIds = [...answered.orderIds];
  for (const orderId of pendingIds) {
    const status = await settled(url, orderId);
    if (status === 'fulfilled') orderIds.push(orderId);
    else if (status !== 'awaiting_payment' && status !== 'expired') wrong.push(`order ${orderId} stays ${status}`);
  }
  let [sold, charged] = [0, 0];
  for (const giveUpAt = performance.now() + settleMs; ; ) {
    [sold, charged] = [0, 0];
    for (const saleId of saleIds) {
      const places = await get<{ free: number; held: number; sold: number; capacity: number }>(
        `${url}/v1/sales/${saleId}`,
      );
      sold += places.sold;
      if (places.free + places.held + places.sold !== places.capacity) wrong.push(`places of ${saleId} don't add up`);
    }
    for (const { cardId } of cards) {
      const { closingBalance } = await get<Statement>(`${url}/v1/cards/${cardId}/statement?limit=1`);
      charged -= closingBalance.amountMinor;
    }
    if ((sold === orderIds.length && charged === sold * priceMinor) || performance.now() > giveUpAt) break;
  }
  if (new Set(orderIds).size !== orderIds.length) wrong.push('an order was paid twice');
  if (sold !== orderIds.length) wrong.push(`${sold} places sold, ${orderIds.length} payments answered`);
  if (charged !== sold * priceMinor) wrong.push(`${charged} charged for ${sold} places`);
  const random = randomFrom(seed);
  for (let n = 0; n < Math.min(lookedAt, orderIds.length); n++) {
    const orderId = orderIds[Math.floor(random() * orderIds.length)] ?? '';
    const order = await get<{ status: string; ticketIds: readonly string[] }>(`${url}/v1/orders/${orderId}`);
    if (order.status !== 'fulfilled' || order.ticketIds.length !== 1) wrong.push(`order ${orderId} is ${order.status}`);
  }
  return { sold, ordersLookedAt: Math.min(lookedAt, orderIds.length), wrong: [...new Set(wrong)] };
};
