import { randomUUID } from 'node:crypto';
import { Connections, type HttpAnswer, memberOf, postRequest } from '../harness/http-connection.js';
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
  /** How often a buyer was asked to come again (503); each did, with the same key. */
  readonly comeAgain: number;
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

onJob<CrowdJob, CrowdResult>(async (job) => {
  const requests = requestsOf(job);
  const connections = await Connections.open(job.url, job.inFlight);
  const told: HttpAnswer[] = [];
  let comeAgain = 0;
  const ask = async (index: number): Promise<void> => {
    const answer = await connections.askUntilTaken(requests[index] ?? '', () => {
      comeAgain += 1;
    });
    told.push(answer);
  };
  const used = process.cpuUsage();
  const begun = performance.now();
  const latencies = await (job.perSecond === undefined
    ? closedModel(job, ask)
    : openModel({ perSecond: job.perSecond, count: job.buyers, random: randomFrom(job.seed) }, ask));
  const seconds = (performance.now() - begun) / 1_000;
  const { user, system } = process.cpuUsage(used);
  connections.close();
  const answers: Record<string, number> = {};
  for (const { status, body } of told) {
    const name = status === 201 ? '201' : `${status} ${memberOf(body, 'code')}`;
    answers[name] = (answers[name] ?? 0) + 1;
  }
  const orderIds = told.filter(({ status }) => status === 201).map(({ body }) => memberOf(body, 'orderId'));
  return {
    seconds,
    answers,
    comeAgain,
    orderIds,
    latency: latencies.summary(),
    processorSeconds: (user + system) / 1e6,
  };
});

/** The next buyer asks as soon as one before has been answered. */
const closedModel = async (
  { buyers, inFlight }: CrowdJob,
  ask: (index: number) => Promise<void>,
): Promise<Latencies> => {
  const latencies = new Latencies();
  let next = 0;
  const oneByOne = async (): Promise<void> => {
    for (let index = next++; index < buyers; index = next++) {
      const askedAt = performance.now();
      await ask(index);
      latencies.add(performance.now() - askedAt);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, oneByOne));
  return latencies;
};
