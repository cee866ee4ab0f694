import { randomFrom } from '../harness/random.js';
import { onJob } from '../harness/task.js';
import { Shop } from '../purchase/shop.js';

export interface AttemptsJob {
  readonly folder: string;
  readonly attempts: number;
  readonly places: number;
  readonly inFlight: number;
  readonly seed: number;
}

export interface AttemptsResult {
  readonly seconds: number;
  /** Attempts by what they were told. */
  readonly answers: Readonly<Record<string, number>>;
  readonly sold: number;
  readonly held: number;
  readonly differentTickets: number;
  /** Resident memory after each tenth of the attempts. */
  readonly residentMiB: readonly number[];
  readonly processorSeconds: number;
}

const mebibyte = 2 ** 20;

onJob<AttemptsJob, AttemptsResult>(async ({ folder, attempts, places, inFlight, seed }) => {
  const shop = await Shop.open(folder);
  await shop.openSales(1, places);
  const random = randomFrom(seed);
  // Some come again, as people do when they were refused.
  const persons = Math.ceil(attempts * 0.8);
  const answers: Record<string, number> = {};
  const residentMiB: number[] = [];
  let next = 0;
  let answered = 0;
  const oneByOne = async (): Promise<void> => {
    while (next < attempts) {
      next += 1;
      const told = await shop.buy(0, `person-${Math.floor(random() * persons)}`);
      answers[told] = (answers[told] ?? 0) + 1;
      answered += 1;
      if (answered % (attempts / 10) === 0) residentMiB.push(Math.round(process.memoryUsage.rss() / mebibyte));
    }
  };
  const used = process.cpuUsage();
  const begun = performance.now();
  await Promise.all(Array.from({ length: inFlight }, oneByOne));
  const seconds = (performance.now() - begun) / 1_000;
  const { user, system } = process.cpuUsage(used);
  const { sold = [], held = Number.NaN, ticketIds } = await shop.count();
  return {
    seconds,
    answers,
    sold: sold[0] ?? Number.NaN,
    held,
    differentTickets: new Set(ticketIds).size,
    residentMiB,
    processorSeconds: (user + system) / 1e6,
  };
});
