import { readFileSync } from 'node:fs';
import type { Benchmark } from '../benchmark.js';
import { tokensOf } from '../harness/cards.js';
import { alternate, type Entrant, type Round, ratesSpread, ratioSpread } from '../harness/pairs.js';
import { Platform } from '../harness/platform.js';
import { median, significant } from '../harness/statistics.js';
import { runTask } from '../harness/task.js';
import type { BuyersJob, BuyersResult } from './buyers.js';
import { issueCards, type PaidCard, verify } from './shop.js';

const sales = 20;
const cards = 64;
const capacity = 1_000_000;
/** Buyers at a time with which the server does its best: fewer leave it waiting, more gain nothing. */
const atATime = 128;
/** More purchases than the server takes in a second: each has a token of its own. */
const mostPerSecond = 1_000;
/** Share of a round in which the queues fill up. */
const rampShare = 0.4;
/** Arrivals by the best rate. */
const excess = 5;

interface LoadRound extends Round {
  readonly buyers: BuyersResult;
  /** Resident memory of the server at the end, in MB. */
  readonly memoryMb: number;
}

const memoryMb = (pid: number): number => {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return (pages * 4_096) / 1e6;
};

const tell = ({ paidPerSecond, buyers, refused, others, ...rest }: BuyersResult): string => {
  const { refusedLatency, paidLatency, paymentsAskedAgain, processorSeconds } = rest;
  const p99 = `p99 of refusals ${refusedLatency.p99Ms} ms, of purchases ${paidLatency.p99Ms} ms`;
  const again = `${paymentsAskedAgain} payments asked again`;
  return `${Math.round(paidPerSecond)}/s of ${buyers} buyers, ${refused} refused, ${p99}, ${again}, client ${processorSeconds.toFixed(1)} s, others ${JSON.stringify(others)}`;
};

export const benchmark: Benchmark = {
  name: 'overload',
  run: async ({ isShort, seed, say }) => {
    const seconds = isShort ? 6 : 12;
    const rounds = isShort ? 2 : 5;
    const platform = await Platform.start();
    try {
      const saleIds: string[] = [];
      for (let n = 0; n < sales; n++) saleIds.push(await platform.openSale(capacity));
      const paidCards: readonly PaidCard[] = await issueCards(platform.api, cards);
      const told: BuyersResult[] = [];
      let best = 0;
      const entrant = (name: string, load: () => BuyersJob['load']): Entrant<LoadRound> => ({
        name,
        run: async (round) => {
          const job = {
            url: platform.url,
            saleIds,
            cardTokens: await tokensOf(
              platform.api,
              paidCards.map(({ typed }) => typed),
              mostPerSecond * seconds,
            ),
            seconds,
            rampSeconds: seconds * rampShare,
            load: load(),
          };
          const buyers = await runTask<BuyersJob, BuyersResult>(new URL('./buyers.js', import.meta.url), {
            ...job,
            seed: seed * 1_000 + told.length,
          });
          told.push(buyers);
          if (name === 'best') best = Math.max(best, buyers.paidPerSecond);
          say(`${name} ${round}: ${tell(buyers)}`);
          return { perSecond: buyers.paidPerSecond, buyers, memoryMb: memoryMb(platform.pid) };
        },
      });
      await entrant('best', () => ({ atATime })).run(-2);
      const found = await alternate(
        [entrant('best', () => ({ atATime })), entrant('overload', () => ({ perSecond: excess * best }))],
        { rounds, warmUps: 1 },
      );
      const verified = await verify(platform.api, {
        saleIds,
        cards: paidCards,
        orderIds: told.flatMap((one) => one.orderIds),
        pendingIds: told.flatMap((one) => one.pendingIds),
        seed,
      });
      const overload = found.get('overload') ?? [];
      const rightly = told.every(
        ({ refusedWithoutRetryAfter, others }) => refusedWithoutRetryAfter === 0 && Object.keys(others).length === 0,
      );
      const memory = [...found.values()].flat().map((round) => significant(round.memoryMb));
      return {
        correct: rightly && verified.wrong.length === 0,
        ratio: { overloadOverBest: ratioSpread(found, 'overload', 'best').median },
        figures: {
          bestPerSecond: ratesSpread(found, 'best'),
          overloadPerSecond: ratesSpread(found, 'overload'),
          overloadOverBest: ratioSpread(found, 'overload', 'best'),
          arrivalsPerSecond: significant(excess * best),
          refused: overload.reduce((sum, { buyers }) => sum + buyers.refused, 0),
          refusedP99Ms: median(overload.map(({ buyers }) => buyers.refusedLatency.p99Ms)),
          refusedP50Ms: median(overload.map(({ buyers }) => buyers.refusedLatency.p50Ms)),
          purchaseP99Ms: median(overload.map(({ buyers }) => buyers.paidLatency.p99Ms)),
          memoryMb: memory,
          paymentsAskedAgain: overload.reduce((sum, { buyers }) => sum + buyers.paymentsAskedAgain, 0),
          pending: overload.reduce((sum, { buyers }) => sum + buyers.pendingIds.length, 0),
          others: Object.assign({}, ...told.map(({ others }) => others)),
          verified,
          rounds: overload.map(({ buyers: { orderIds: _, pendingIds, ...rest } }) => ({
            pending: pendingIds.length,
            ...rest,
          })),
        },
      };
    } finally {
      await platform.stop();
    }
  },
};
