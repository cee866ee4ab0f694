import { randomUUID } from 'node:crypto';
import { Connections, memberOf, postRequest } from '../harness/http-connection.js';
import { Latencies, openModel } from '../harness/latency.js';
import { randomFrom } from '../harness/random.js';
import { onJob } from '../harness/task.js';

/** Buyers who arrive by themselves, hold a place, and look at their order as soon as they are answered. */
export interface BuyersJob {
  readonly url: string;
  /** Of who answers reads; buyers don't look where it is left out. */
  readonly readUrl?: string;
  readonly saleId: string;
  readonly buyers: number;
  readonly perSecond: number;
  readonly seed: number;
}

export interface BuyersResult {
  readonly placed: number;
  /** Told to come later, on a machine that is too busy for the load. */
  readonly refused: number;
  /** Orders that were seen as they were answered. */
  readonly seen: number;
  /** From the time at which the buyer came to the answer of the command. */
  readonly answered: ReturnType<Latencies['summary']>;
  /** From that answer to the answer of a read that has to see it. */
  readonly visible: ReturnType<Latencies['summary']>;
}

const lookRequest = (orderId: string, token: string): string =>
  `GET /v1/orders/${orderId} HTTP/1.1\r\nHost: localhost\r\nConsistency-Token: ${token}\r\n\r\n`;

const tokenOf = (head: string): string => {
  const token = /\r\nconsistency-token: *([^\r]+)/i.exec(head)?.[1];
  if (token === undefined) throw new Error(`an answer without a Consistency-Token: ${head}`);
  return token;
};

onJob<BuyersJob, BuyersResult>(async ({ url, readUrl, saleId, buyers, perSecond, seed }) => {
  const connections = await Connections.open(url, 500);
  const reads = readUrl === undefined || readUrl === url ? connections : await Connections.open(readUrl, 500);
  const visible = new Latencies();
  const looks: Promise<void>[] = [];
  let [placed, refused, seen] = [0, 0, 0];
  const look = async (orderId: string, token: string): Promise<void> => {
    const begun = performance.now();
    const { status, body } = await reads.askUntilTaken(lookRequest(orderId, token), () => undefined);
    visible.add(performance.now() - begun);
    const order = JSON.parse(body);
    if (status === 200 && order.orderId === orderId && order.status === 'awaiting_payment') seen++;
  };
  const answered = await openModel({ perSecond, count: buyers, random: randomFrom(seed) }, async (index) => {
    const name = `buyer-${seed}-${index}`;
    const wish = { saleId, quantity: 1, buyer: { email: `${name}@example.com`, name } };
    const { status, head, body } = await connections.ask(
      postRequest('/v1/orders', wish, { 'Idempotency-Key': randomUUID() }),
    );
    if (status === 503 || status === 408) {
      refused++;
      return;
    }
    if (status !== 201) throw new Error(`${name} was answered ${status}: ${body}`);
    placed++;
    if (readUrl !== undefined) looks.push(look(memberOf(body, 'orderId'), tokenOf(head)));
  });
  await Promise.all(looks);
  connections.close();
  if (reads !== connections) reads.close();
  return { placed, refused, seen, answered: answered.summary(), visible: visible.summary() };
});
