import { randomUUID } from 'node:crypto';
import { HttpConnection, postRequest } from '../harness/http-connection.js';
import { Latencies, openModel } from '../harness/latency.js';
import { randomFrom } from '../harness/random.js';
import { onJob } from '../harness/task.js';

/** What a crowd of buyers is to do: each asks once, for one place of one sale. */
export interface CrowdJob {
  readonly url: string;
  readonly saleId: string;
  readonly buyers: number;
  /** Connections, with one request on its way on each. */
  readonly inFlight: number;
  /** Buyers arrive by themselves at this rate; when left out, the next one comes as soon as a connection is free. */
  readonly perSecond?: number;
  readonly seed: number;
}

/** What the crowd was told. */
export interface CrowdResult {
  /** From the first request to the last answer. */
  readonly seconds: number;
  /** Answers by status, and by code where they were refused: `201`, `409 sold_out`. */
  readonly answers: Readonly<Record<string, number>>;
  readonly orderIds: readonly string[];
  readonly latency: ReturnType<Latencies['summary']>;
  readonly processorSeconds: number;
}

const requestsOf = ({ saleId, buyers, seed }: CrowdJob): readonly string[] =>
  Array.from({ length: buyers }, (_, number) => {
    const name = `buyer-${seed}-${number}`;
    const wish = { saleId, quantity: 1, buyer: { email: `${name}@example.com`, name } };
    return postRequest('/v1/orders', wish, { 'Idempotency-Key': randomUUID() });
  });

/** Gives every request a connection that is free, in the order in which they came. */
class Connections {
  readonly #free: HttpConnection[];
  readonly #waiting: ((connection: HttpConnection) => void)[] = [];

  constructor(connections: readonly HttpConnection[]) {
    this.#free = [...connections];
  }

  take(): Promise<HttpConnection> | HttpConnection {
    return this.#free.pop() ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  giveBack(connection: HttpConnection): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(connection);
    else next(connection);
  }
}

const member = (body: string, name: string): string => {
  const value: unknown = JSON.parse(body)[name];
  if (typeof value === 'string') return value;
  throw new Error(`an answer has no ${name}: ${body}`);
};

onJob<CrowdJob, CrowdResult>(async (job) => {
  const requests = requestsOf(job);
  const opened = await Promise.all(Array.from({ length: job.inFlight }, () => HttpConnection.open(job.url)));
  const told: { status: number; body: string }[] = [];
  const ask = async (connection: HttpConnection, request: string): Promise<void> => {
    told.push(await connection.ask(request));
  };
  const used = process.cpuUsage();
  const begun = performance.now();
  const latencies =
    job.perSecond === undefined ? await closedModel(requests, opened, ask) : await arriving(job, requests, opened, ask);
  const seconds = (performance.now() - begun) / 1_000;
  const { user, system } = process.cpuUsage(used);
  for (const connection of opened) connection.close();
  const answers: Record<string, number> = {};
  for (const { status, body } of told) {
    const name = status === 201 ? '201' : `${status} ${member(body, 'code')}`;
    answers[name] = (answers[name] ?? 0) + 1;
  }
  const orderIds = told.filter(({ status }) => status === 201).map(({ body }) => member(body, 'orderId'));
  return { seconds, answers, orderIds, latency: latencies.summary(), processorSeconds: (user + system) / 1e6 };
});

type Ask = (connection: HttpConnection, request: string) => Promise<void>;

const closedModel = async (
  requests: readonly string[],
  opened: readonly HttpConnection[],
  ask: Ask,
): Promise<Latencies> => {
  const latencies = new Latencies();
  let next = 0;
  const oneByOne = async (connection: HttpConnection): Promise<void> => {
    for (let request = requests[next++]; request !== undefined; request = requests[next++]) {
      const askedAt = performance.now();
      await ask(connection, request);
      latencies.add(performance.now() - askedAt);
    }
  };
  await Promise.all(opened.map(oneByOne));
  return latencies;
};

const arriving = (
  { perSecond = 1, seed }: CrowdJob,
  requests: readonly string[],
  opened: readonly HttpConnection[],
  ask: Ask,
): Promise<Latencies> => {
  const connections = new Connections(opened);
  return openModel({ perSecond, count: requests.length, random: randomFrom(seed) }, async (index) => {
    const connection = await connections.take();
    await ask(connection, requests[index] ?? '');
    connections.giveBack(connection);
  });
};
