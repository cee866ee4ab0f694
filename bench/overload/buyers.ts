import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type HttpAnswer, HttpConnection, postRequest, retryAfterMs } from '../harness/http-connection.js';
import { Latencies } from '../harness/latency.js';
import { randomFrom } from '../harness/random.js';
import { onJob } from '../harness/task.js';

/** Buyers who each order one place and pay for it. */
export interface BuyersJob {
  readonly url: string;
  readonly saleIds: readonly string[];
  /** One for each payment. */
  readonly cardTokens: readonly string[];
  readonly seconds: number;
  /** Purchases before this moment don't count: the queues fill up. */
  readonly rampSeconds: number;
  readonly seed: number;
  /** So many buyers at a time, each followed by the next; or new ones at a rate that waits for nobody. */
  readonly load: { readonly atATime: number } | { readonly perSecond: number };
}

export interface BuyersResult {
  /** Purchases that were answered 201 a second, between the ramp and the end of arrivals. */
  readonly paidPerSecond: number;
  readonly buyers: number;
  readonly paid: number;
  /** Refused at the first request, and gone. */
  readonly refused: number;
  readonly refusedWithoutRetryAfter: number;
  /** Payments that were told to come again, and came. */
  readonly paymentsAskedAgain: number;
  /** Whatever else was answered, by status and code. */
  readonly others: Readonly<Record<string, number>>;
  readonly orderIds: readonly string[];
  /** Orders whose payment was answered 202: the outcome is settled later. */
  readonly pendingIds: readonly string[];
  /** From the moment at which a buyer came. */
  readonly paidLatency: ReturnType<Latencies['summary']>;
  readonly refusedLatency: ReturnType<Latencies['summary']>;
  readonly processorSeconds: number;
}

/** As a balancer keeps them open: more than are under way and refused at a time, so that nobody waits for one. */
const connectionsOfBalancer = 1_000;
const paymentTries = 60;

class Crowd {
  readonly #free: HttpConnection[] = [];
  readonly #waiting: ((connection: HttpConnection) => void)[] = [];
  readonly #random: () => number;
  readonly paidLatency = new Latencies();
  readonly refusedLatency = new Latencies();
  readonly others: Record<string, number> = {};
  readonly orderIds: string[] = [];
  readonly pendingIds: string[] = [];
  buyers = 0;
  #payments = 0;
  paidInTime = 0;
  refusedWithoutRetryAfter = 0;
  paymentsAskedAgain = 0;

  constructor(
    private readonly job: BuyersJob,
    private readonly begunAt: number,
    connections: readonly HttpConnection[],
  ) {
    this.#free.push(...connections);
    this.#random = randomFrom(job.seed);
  }

  /** One buyer from coming to leaving. */
  async buyer(cameAt: number): Promise<void> {
    const name = `buyer-${this.job.seed}-${this.buyers++}`;
    const wish = { saleId: this.#one(this.job.saleIds), quantity: 1, buyer: { email: `${name}@example.com`, name } };
    const ordered = await this.#ask('/v1/orders', wish, randomUUID());
    if (ordered.status === 503) {
      this.refusedLatency.add(performance.now() - cameAt);
      if (retryAfterMs(ordered) === undefined) this.refusedWithoutRetryAfter++;
      return;
    }
    if (ordered.status !== 201) return this.#other('order', ordered);
    const { orderId }: { orderId: string } = JSON.parse(ordered.body);
    const paid = await this.#pay(orderId);
    if (paid.status === 202) {
      this.pendingIds.push(orderId);
      return;
    }
    if (paid.status !== 201) return this.#other('payment', paid);
    const now = performance.now();
    this.paidLatency.add(now - cameAt);
    this.orderIds.push(orderId);
    const { seconds, rampSeconds } = this.job;
    const at = (now - this.begunAt) / 1_000;
    if (at >= rampSeconds && at < seconds) this.paidInTime++;
  }

  async #pay(orderId: string): Promise<HttpAnswer> {
    const key = randomUUID();
    const cardToken = this.job.cardTokens[this.#payments++];
    if (cardToken === undefined) throw new Error('more payments than tokens');
    const card = { cardToken };
    for (let attempt = 1; ; attempt++) {
      const paid = await this.#ask(`/v1/orders/${orderId}/payments`, card, key);
      const waitMs = retryAfterMs(paid);
      if (paid.status !== 503 || waitMs === undefined || attempt === paymentTries) return paid;
      this.paymentsAskedAgain++;
      await wait(waitMs * (0.5 + this.#random()));
    }
  }

  async #ask(path: string, body: object, key: string): Promise<HttpAnswer> {
    const connection = this.#free.pop() ?? (await new Promise<HttpConnection>((take) => this.#waiting.push(take)));
    const answer = await connection.ask(postRequest(path, body, { 'Idempotency-Key': key }));
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(connection);
    else next(connection);
    return answer;
  }

  close(): void {
    for (const connection of this.#free) connection.close();
  }

  #one(of: readonly string[]): string {
    return of[Math.floor(this.#random() * of.length)] ?? '';
  }

  #other(what: string, { status, body }: HttpAnswer): void {
    const { code = '' }: { code?: string } = JSON.parse(body);
    const name = `${what} ${status} ${code}`.trim();
    this.others[name] = (this.others[name] ?? 0) + 1;
  }
}

const closed = async (crowd: Crowd, atATime: number, endsAt: number): Promise<void> => {
  const oneAfterTheOther = async (): Promise<void> => {
    while (performance.now() < endsAt) await crowd.buyer(performance.now());
  };
  await Promise.all(Array.from({ length: atATime }, oneAfterTheOther));
};

/** Poisson arrivals, in steps of the timer: those that are due come together. */
const arriving = async (crowd: Crowd, perSecond: number, endsAt: number, random: () => number): Promise<void> => {
  const under: Promise<void>[] = [];
  let dueAt = performance.now();
  while (dueAt < endsAt) {
    const now = performance.now();
    for (; dueAt <= now; dueAt += (-Math.log(1 - random()) * 1_000) / perSecond) under.push(crowd.buyer(dueAt));
    await wait(1);
  }
  await Promise.all(under);
};

onJob<BuyersJob, BuyersResult>(async (job) => {
  const { load, seconds, rampSeconds } = job;
  const connections: HttpConnection[] = [];
  while (connections.length < ('atATime' in load ? load.atATime : connectionsOfBalancer)) {
    const connection = await HttpConnection.open(job.url);
    // The server closes a connection on which no request comes for 10 s.
    await connection.ask('GET /v1/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n');
    connections.push(connection);
  }
  const used = process.cpuUsage();
  const begunAt = performance.now();
  const endsAt = begunAt + seconds * 1_000;
  const crowd = new Crowd(job, begunAt, connections);
  if ('atATime' in load) await closed(crowd, load.atATime, endsAt);
  else await arriving(crowd, load.perSecond, endsAt, randomFrom(job.seed + 1));
  const { user, system } = process.cpuUsage(used);
  crowd.close();
  const { others, orderIds, pendingIds, refusedWithoutRetryAfter, paymentsAskedAgain } = crowd;
  return {
    paidPerSecond: crowd.paidInTime / (seconds - rampSeconds),
    buyers: crowd.buyers,
    paid: crowd.paidLatency.count,
    refused: crowd.refusedLatency.count,
    refusedWithoutRetryAfter,
    paymentsAskedAgain,
    others,
    orderIds,
    pendingIds,
    paidLatency: crowd.paidLatency.summary(),
    refusedLatency: crowd.refusedLatency.summary(),
    processorSeconds: (user + system) / 1e6,
  };
});
