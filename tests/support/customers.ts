import { randomUUID } from 'node:crypto';
import type { Reply } from '../../src/infrastructure/http/client/api-client.js';
import { answered, type ShopNow } from './crowd.js';
import type { Expectation, ExpectedOrder } from './outcomes.js';
import type { Card, Shop } from './shop.js';
import { until } from './until.js';

const priceMinor = 4_500;

/** What a customer wants: to buy and keep, to buy and give back, to change their mind, or to walk away. */
export type Intent = 'keep' | 'refund' | 'cancel' | 'leave' | 'declined';

/** What customers were answered, as what must come of it. */
export class Acknowledged {
  readonly #orders = new Map<string, ExpectedOrder>();
  readonly #cards = new Map<string, number>();
  /** Orders whose payment nobody can tell yet. */
  readonly open = new Set<string>();

  constructor(cards: readonly Card[]) {
    for (const { cardId } of cards) this.#cards.set(cardId, 0);
  }

  get orderIds(): readonly string[] {
    return [...this.#orders.keys()];
  }

  /** Tickets of all orders that were paid, given back or not. */
  get sold(): number {
    return [...this.#orders.values()].reduce((sum, { tickets = 0 }) => sum + tickets, 0);
  }

  order(expected: ExpectedOrder): void {
    this.#orders.set(expected.orderId, expected);
  }

  charged(cardId: string, amountMinor: number): void {
    this.#cards.set(cardId, (this.#cards.get(cardId) ?? 0) - amountMinor);
  }

  /** Balances only count where every payment's end is known. */
  expectations(): readonly Expectation[] {
    const cards = [...this.#cards].map(([cardId, balanceMinor]) => ({ cardId, balanceMinor, reservedMinor: 0 }));
    return [...this.#orders.values(), ...(this.open.size === 0 ? cards : [])];
  }
}

export interface Counter {
  readonly shop: ShopNow;
  readonly saleId: string;
  readonly card: Card;
  /** Token of a card that is always declined. */
  readonly badToken: string;
  readonly told: Acknowledged;
}

/** Customers who outlast any number of servers, and don't take the machine from them. */
const asked = <Body>(shop: ShopNow, call: (shop: Shop) => Promise<Reply<Body>>): Promise<Reply<Body>> =>
  answered(shop, call, { limitMs: 1_800_000, everyMs: 100 });

/** One customer with keys of their own, who repeats every request until it is answered, over any number of restarts. */
export const serve = async (counter: Counter, intent: Intent, quantity = 1): Promise<void> => {
  const { shop, saleId, told } = counter;
  const key = randomUUID();
  const buyer = { email: `${key}@example.com`, name: 'Ana Lima' };
  const placed = await asked(shop, (now) => now.order(saleId, { quantity, buyer }, key));
  // Sold out; or its server died behind the hold, and the hold's time was over before the next one came.
  if (placed.status === 409 || placed.status === 410) return;
  if (placed.status !== 201) throw new Error(`an order was answered ${placed.status}: ${placed.text}`);
  const { orderId } = placed.body;
  told.order({ orderId, tickets: 0, chargedMinor: 0 });
  if (intent === 'leave') return;
  if (intent === 'cancel') await cancel(counter, orderId);
  else await pay(counter, orderId, intent, quantity);
};

const cancel = async ({ shop, told }: Counter, orderId: string): Promise<void> => {
  const key = randomUUID();
  const done = await asked(shop, (now) => now.api.post('/v1/orders/{orderId}/cancel', { params: { orderId }, key }));
  // Its time was over before.
  const isTooLate = done.status === 409 && done.problem.code === 'not_cancellable';
  if (done.status !== 200 && !isTooLate) throw new Error(`a cancel was answered ${done.status}: ${done.text}`);
  told.order({ orderId, status: [isTooLate ? 'expired' : 'cancelled'], tickets: 0, chargedMinor: 0 });
};

const pay = async (counter: Counter, orderId: string, intent: Intent, quantity: number): Promise<void> => {
  const { shop, card, badToken, told } = counter;
  const key = randomUUID();
  const token = intent === 'declined' ? badToken : (await asked(shop, (now) => now.tokenOf(card))).body.token;
  const paid = await asked(shop, (now) => now.pay(orderId, token, key));
  if (paid.status === 402) {
    if (intent !== 'declined') throw new Error(`a payment was declined: ${paid.text}`);
    told.order({ orderId, status: ['awaiting_payment', 'expired'], tickets: 0, chargedMinor: 0 });
    return;
  }
  if (paid.status === 410) return;
  if (paid.status === 202) {
    told.order({ orderId });
    told.open.add(orderId);
    return;
  }
  if (paid.status !== 201) throw new Error(`a payment was answered ${paid.status}: ${paid.text}`);
  const chargedMinor = priceMinor * quantity;
  told.order({ orderId, status: ['fulfilled'], tickets: quantity, chargedMinor });
  told.charged(card.cardId, chargedMinor);
  if (intent === 'refund') await giveBack(counter, orderId, quantity);
};

/** Paid tells that the money is there; where a crash left the rest to the worker, the tickets come a little later. */
const giveBack = async ({ shop, card, told }: Counter, orderId: string, quantity: number): Promise<void> => {
  const stands = (now: Shop) => now.api.get('/v1/orders/{orderId}', { params: { orderId } });
  await until(
    `order ${orderId} is fulfilled`,
    async () => (await asked(shop, stands)).body.status === 'fulfilled',
    1_800_000,
    100,
  );
  const key = randomUUID();
  const answer = await asked(shop, (now) =>
    now.api.post('/v1/orders/{orderId}/refunds', { params: { orderId }, body: {}, key }),
  );
  if (answer.status >= 300) throw new Error(`a refund was answered ${answer.status}: ${answer.text}`);
  told.order({ orderId, status: ['refunded'], tickets: quantity, chargedMinor: 0 });
  told.charged(card.cardId, -priceMinor * quantity);
};
