import { setTimeout as wait } from 'node:timers/promises';
import { type Answer, type ApiClient, textOf, UnexpectedAnswer } from './api-client.js';

/** What a buyer came to. */
export interface Bought {
  /** None where the purchase was refused. */
  readonly ticketIds: readonly string[];
  /** Code of the refusal. */
  readonly refusal?: string;
  /** Time until the answer to the order, and to the payment if it came to one. */
  readonly orderMs: number;
  readonly paymentMs?: number;
}

const settleMs = 30_000;
const testCard = { number: '4242 4242 4242 4242', expiryMonth: 12, expiryYear: 2040, securityCode: '123' };

/** Buys one ticket of a sale with a card of its own token. @throws UnexpectedAnswer */
export const buyTicket = async (api: ApiClient, saleId: string, name: string): Promise<Bought> => {
  const cardToken = textOf(await api.post('/bank/v1/tokens', testCard), 'token');
  const buyer = { email: `${name}@example.com`, name };
  const [order, orderMs] = await timed(() => api.post('/v1/orders', { saleId, quantity: 1, buyer }));
  if (order.status !== 201) return { ticketIds: [], refusal: textOf(order, 'code'), orderMs };
  const path = `/v1/orders/${textOf(order, 'orderId')}`;
  const [payment, paymentMs] = await timed(() => api.post(`${path}/payments`, { cardToken }));
  const refusal = await refusalOf(api, path, payment);
  if (refusal !== undefined) return { ticketIds: [], refusal, orderMs, paymentMs };
  return { ticketIds: await ticketIdsOf(api, path, payment), orderMs, paymentMs };
};

const timed = async (work: () => Promise<Answer>): Promise<readonly [Answer, number]> => {
  const begun = performance.now();
  const answer = await work();
  return [answer, performance.now() - begun];
};

/** Looks at the order until what is still open is known. */
const refusalOf = async (api: ApiClient, path: string, payment: Answer): Promise<string | undefined> => {
  if (payment.status === 201) return undefined;
  if (payment.status !== 202) return textOf(payment, 'code');
  for (const giveUpAt = performance.now() + settleMs; performance.now() < giveUpAt; await wait(200)) {
    const status = textOf(await api.get(path, payment.consistencyToken), 'status');
    if (status === 'fulfilled') return undefined;
    if (!['pending', 'checking', 'paid'].includes(status)) return `order_${status}`;
  }
  return 'outcome_unknown';
};

/** A payment is answered before its tickets are issued where that takes longer. */
const ticketIdsOf = async (api: ApiClient, path: string, payment: Answer): Promise<readonly string[]> => {
  for (const giveUpAt = performance.now() + settleMs; ; await wait(50)) {
    const { items } = (await api.get(`${path}/tickets`, payment.consistencyToken)).body;
    if (Array.isArray(items) && items.length > 0) return items.map(ticketIdOf);
    if (performance.now() > giveUpAt) throw new UnexpectedAnswer(`${path} was paid and has no tickets`);
  }
};

const ticketIdOf = (item: unknown): string => {
  if (typeof item === 'object' && item !== null && 'ticketId' in item) return String(item.ticketId);
  throw new UnexpectedAnswer('a ticket has no id');
};
