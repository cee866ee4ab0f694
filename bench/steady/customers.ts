import { randomUUID } from 'node:crypto';
import { Connections, memberOf, postRequest } from '../harness/http-connection.js';
import { Latencies, openModel } from '../harness/latency.js';
import { randomFrom } from '../harness/random.js';
import { onJob } from '../harness/task.js';

/** Customers who arrive by themselves and buy one ticket each of one sale. */
export interface CustomersJob {
  readonly url: string;
  readonly saleId: string;
  /** One for each customer. */
  readonly cardTokens: readonly string[];
  readonly customers: number;
  readonly perSecond: number;
  readonly seed: number;
}

export interface CustomersResult {
  /** Answers to orders and payments, by status. */
  readonly answers: Readonly<Record<string, number>>;
  /** How often a customer was asked to come again (503); each did, with the same key. */
  readonly comeAgain: number;
  /** From the time at which the customer came. */
  readonly order: ReturnType<Latencies['summary']>;
  /** From the time at which the order was answered. */
  readonly payment: ReturnType<Latencies['summary']>;
}

onJob<CustomersJob, CustomersResult>(async ({ url, saleId, cardTokens, customers, perSecond, seed }) => {
  const connections = await Connections.open(url, 500);
  const payments = new Latencies();
  const answers: Record<string, number> = {};
  let comeAgain = 0;
  const post = async (path: string, body: unknown): Promise<string> => {
    const request = postRequest(path, body, { 'Idempotency-Key': randomUUID() });
    const answer = await connections.askUntilTaken(request, () => {
      comeAgain += 1;
    });
    const name = `${path === '/v1/orders' ? 'order' : 'payment'} ${answer.status}`;
    answers[name] = (answers[name] ?? 0) + 1;
    return answer.body;
  };
  const paying: Promise<void>[] = [];
  const pay = async (orderId: string, cardToken: string | undefined): Promise<void> => {
    const begun = performance.now();
    await post(`/v1/orders/${orderId}/payments`, { cardToken });
    payments.add(performance.now() - begun);
  };
  const orders = await openModel({ perSecond, count: customers, random: randomFrom(seed) }, async (index) => {
    const name = `customer-${seed}-${index}`;
    const order = await post('/v1/orders', { saleId, quantity: 1, buyer: { email: `${name}@example.com`, name } });
    paying.push(pay(memberOf(order, 'orderId'), cardTokens[index]));
  });
  await Promise.all(paying);
  connections.close();
  return { answers, comeAgain, order: orders.summary(), payment: payments.summary() };
});
