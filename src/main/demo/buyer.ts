import { setTimeout as wait } from 'node:timers/promises';
import {
  type ApiClient,
  type Reply,
  type Schemas,
  UnexpectedReply,
} from '../../infrastructure/http/client/api-client.js';

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

/** Buys one ticket of a sale with a card of its own token. @throws UnexpectedReply */
export const buyTicket = async (api: ApiClient, saleId: string, name: string): Promise<Bought> => {
  const cardToken = (await api.post('/bank/v1/tokens', { body: testCard })).body.token;
  const buyer = { email: `${name}@example.com`, name };
  const [order, orderMs] = await timed(() => api.post('/v1/orders', { body: { saleId, quantity: 1, buyer } }));
  if (order.status !== 201) return { ticketIds: [], refusal: order.problem.code, orderMs };
  const params = { orderId: order.body.orderId };
  const pay = () => api.post('/v1/orders/{orderId}/payments', { params, body: { cardToken } });
  const [payment, paymentMs] = await timed(pay);
  const refusal = await refusalOf(api, params, payment);
  if (refusal !== undefined) return { ticketIds: [], refusal, orderMs, paymentMs };
  return { ticketIds: await ticketIdsOf(api, params, payment), orderMs, paymentMs };
};

const timed = async <Result>(work: () => Promise<Result>): Promise<readonly [Result, number]> => {
  const begun = performance.now();
  const result = await work();
  return [result, performance.now() - begun];
};

type Paid = Reply<Schemas['Payment']>;
type OrderParams = { readonly orderId: string };

/** Looks at the order until what is still open is known. */
const refusalOf = async (api: ApiClient, params: OrderParams, payment: Paid): Promise<string | undefined> => {
  if (payment.status === 201) return undefined;
  if (payment.status !== 202) return payment.problem.code;
  for (const giveUpAt = performance.now() + settleMs; performance.now() < giveUpAt; await wait(200)) {
    const { status } = (await api.get('/v1/orders/{orderId}', { params, headers: payment.token })).body;
    if (status === 'fulfilled') return undefined;
    if (!['pending', 'checking', 'paid'].includes(status)) return `order_${status}`;
  }
  return 'outcome_unknown';
};

/** A payment is answered before its tickets are issued where that takes longer. */
const ticketIdsOf = async (api: ApiClient, params: OrderParams, payment: Paid): Promise<readonly string[]> => {
  for (const giveUpAt = performance.now() + settleMs; ; await wait(50)) {
    const { items } = (await api.get('/v1/orders/{orderId}/tickets', { params, headers: payment.token })).body;
    if (items.length > 0) return items.map(({ ticketId }) => ticketId);
    if (performance.now() > giveUpAt) throw new UnexpectedReply(`order ${params.orderId} was paid and has no tickets`);
  }
};
