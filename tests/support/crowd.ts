import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { Reply } from '../../src/infrastructure/http/client/api-client.js';
import type { Card, Shop } from './shop.js';
import { until } from './until.js';

export interface Buyer {
  readonly card: Card;
  readonly orderKey: string;
  readonly paymentKey: string;
}

/** What became of a buyer: an order that was paid, or the refusal's code. */
export interface Fate {
  readonly card: Card;
  readonly orderId?: string;
  readonly refusal?: string;
}

/** The shop that answers at this moment; another one after a restart. */
export type ShopNow = () => Shop;

/** Sends the same request again and again until the business has answered it. */
export const answered = async <Body>(
  shop: ShopNow,
  call: (shop: Shop) => Promise<Reply<Body>>,
  { limitMs = 60_000, everyMs = 10 } = {},
): Promise<Reply<Body>> => {
  let last: Reply<Body> | undefined;
  await until(
    'a request is answered',
    async () => {
      last = await call(shop()).catch((cause: unknown) => {
        // What fetch says of a connection that is refused or cut.
        if (cause instanceof TypeError) return undefined;
        throw cause;
      });
      if (last === undefined || last.status >= 500) return false;
      return last.status !== 409 || last.problem.code !== 'request_in_progress';
    },
    limitMs,
    everyMs,
  );
  if (last === undefined) throw new Error('a request was not answered');
  return last;
};

export const crowd = async (shop: Shop, size: number, cardCount: number): Promise<readonly Buyer[]> => {
  const cards = await Promise.all(Array.from({ length: cardCount }, () => shop.issueCard()));
  return Array.from({ length: size }, (_, index) => {
    const card = cards[index % cardCount];
    if (card === undefined) throw new Error('there are no cards');
    return { card, orderKey: randomUUID(), paymentKey: randomUUID() };
  });
};

/** One place wished for and paid, with repeats under the same keys. */
export const buyOne = async (
  shop: ShopNow,
  saleId: string,
  { card, orderKey, paymentKey }: Buyer,
  onPaid: () => void = () => undefined,
): Promise<Fate> => {
  const buyer = { email: `${orderKey.slice(0, 8)}@example.com`, name: 'Ana Lima' };
  const placed = await answered(shop, (now) => now.order(saleId, { buyer }, orderKey));
  if (placed.status !== 201) return { card, refusal: `${placed.status} ${placed.problem.code}` };
  const { orderId } = placed.body;
  const { token } = (await answered(shop, (now) => now.tokenOf(card))).body;
  const paid = await answered(shop, (now) => now.pay(orderId, token, paymentKey));
  if (paid.status !== 201 && paid.status !== 202) {
    return { card, refusal: `payment ${paid.status} ${paid.problem.code}` };
  }
  onPaid();
  return { card, orderId };
};

/**
 * Looks at sale, orders, tickets and statements: `places` sold, each once, each paid once, and nobody else charged.
 * @throws AssertionError naming what doesn't add up
 */
export const expectAllSold = async (
  shop: Shop,
  { saleId, fates, places, priceMinor }: { saleId: string; fates: readonly Fate[]; places: number; priceMinor: number },
): Promise<void> => {
  const winners = fates.filter(({ orderId }) => orderId !== undefined);
  const losers = fates.filter(({ refusal }) => refusal !== undefined);
  expect(new Set(losers.map(({ refusal }) => refusal))).to.deep.equal(new Set(['409 sold_out']));
  expect([winners.length, losers.length]).to.deep.equal([places, fates.length - places]);
  const ticketIds = new Set<string>();
  const paidByCard = new Map<string, number>();
  for (const { orderId = '', card } of winners) {
    await shop.orderBecomes(orderId, 'fulfilled');
    await until('its ticket is shown', async () => (await shop.ticketsOf(orderId)).length > 0);
    for (const { ticketId, status } of await shop.ticketsOf(orderId)) {
      expect(status).to.equal('issued');
      ticketIds.add(ticketId);
    }
    paidByCard.set(card.cardId, (paidByCard.get(card.cardId) ?? 0) + 1);
  }
  expect(ticketIds.size).to.equal(places);
  const settled = async (): Promise<boolean> => (await shop.saleOf(saleId)).sold === places;
  await until('the sale shows all sold', settled);
  expect(await shop.saleOf(saleId)).to.include({ free: 0, held: 0, sold: places });
  let chargedMinor = 0;
  for (const cardId of new Set(fates.map(({ card }) => card.cardId))) {
    const expected = paidByCard.get(cardId) ?? 0;
    const bookedOf = async () => (await shop.statementOf(cardId)).items.filter(({ status }) => status === 'booked');
    await until(`card ${cardId} shows ${expected} payments`, async () => (await bookedOf()).length >= expected);
    const { items, closingBalance } = await shop.statementOf(cardId);
    expect(items.map(({ creditDebit, status, amount }) => [creditDebit, status, amount.amountMinor])).to.deep.equal(
      Array.from({ length: expected }, () => ['D', 'booked', priceMinor]),
    );
    chargedMinor -= closingBalance.amountMinor;
  }
  expect(chargedMinor).to.equal(places * priceMinor);
};
