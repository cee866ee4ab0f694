import type { Benchmark } from '../benchmark.js';
import {
  type AlternateOptions,
  alternate,
  type Entrant,
  type Round,
  type Rounds,
  ratesSpread,
  ratioSpread,
} from '../harness/pairs.js';
import { type Places, Platform } from '../harness/platform.js';
import { median, type Spread, significant, spreadOf } from '../harness/statistics.js';
import { runTask } from '../harness/task.js';
import { Postgres } from '../peers/postgres.js';
import type { CrowdJob, CrowdResult } from './buyers.js';
import { PostgresSale } from './postgres-sale.js';

const buyers = 10_000;
const tickets = 1_000;
const inFlight = 256;
/** Shares of our own rate at which buyers arrive by themselves. */
const openShares = [0.25, 0.35, 0.5];
/** Where rows are locked, more only wait: 4 did better than 8, and 8 better than 24. */
const connections = { 'for-update': 4, 'one-statement': 16 };

interface HotRound extends Round {
  readonly isRight: boolean;
  readonly told: CrowdResult;
  readonly processorSeconds: number;
}

/** Whoever sells places over HTTP. */
interface Seller {
  readonly url: string;
  openSale(capacity: number): Promise<string>;
  /** What it has of a sale, asked until it is as it should be, for a while. */
  places(saleId: string, isThere: (places: Places) => boolean): Promise<Places>;
  processorSeconds(): number;
}

const crowd = (job: CrowdJob): Promise<CrowdResult> => runTask(new URL('./buyers.js', import.meta.url), job);

/** As many as there are tickets were told that they have one, all others that there is none left; and the seller agrees. */
const isRight = (told: CrowdResult, places: Places): boolean =>
  told.answers['201'] === tickets &&
  told.answers['409 sold_out'] === buyers - tickets &&
  Object.keys(told.answers).length === 2 &&
  new Set(told.orderIds).size === tickets &&
  places.held === tickets &&
  places.free === 0;

const entrant = (name: string, seller: Seller, seed: number): Entrant<HotRound> => ({
  name,
  run: async (round) => {
    const saleId = await seller.openSale(tickets);
    const usedBefore = seller.processorSeconds();
    const told = await crowd({ url: seller.url, saleId, buyers, inFlight, seed: seed + round });
    const processorSeconds = seller.processorSeconds() - usedBefore;
    const places = await seller.places(saleId, ({ held }) => held === tickets);
    return { perSecond: buyers / told.seconds, isRight: isRight(told, places), told, processorSeconds };
  },
});

/** Buyers who don't wait for each other, at a share of the rate that was reached: how long each of them waits. */
const arriving = async (platform: Platform, perSecond: number, seed: number) => {
  const saleId = await platform.openSale(tickets);
  const told = await crowd({ url: platform.url, saleId, buyers, inFlight: 1_000, perSecond, seed });
  const places = await platform.places(saleId, ({ held }) => held === tickets);
  return { perSecond, latency: told.latency, comeAgain: told.comeAgain, isRight: isRight(told, places) };
};

/** Processor time of the other for ours, per attempt: what a machine that others load too tells better than the clock. */
const processorRatio = (rounds: Rounds<HotRound>, other: string): Spread => {
  const seconds = (name: string): readonly number[] => (rounds.get(name) ?? []).map((round) => round.processorSeconds);
  const theirs = seconds(other);
  return spreadOf(seconds('ours').map((ours, index) => (theirs[index] ?? Number.NaN) / ours));
};

const figuresOf = (rounds: Rounds<HotRound>, name: string) => {
  const own = rounds.get(name) ?? [];
  const middle = (value: (round: HotRound) => number): number => significant(median(own.map(value)));
  return {
    attemptsPerSecond: ratesSpread(rounds, name),
    p50Ms: middle(({ told }) => told.latency.p50Ms),
    p99Ms: middle(({ told }) => told.latency.p99Ms),
    comeAgain: middle(({ told }) => told.comeAgain),
    processorSeconds: middle((round) => round.processorSeconds),
    loadProcessorSeconds: middle(({ told }) => told.processorSeconds),
  };
};

export const benchmark: Benchmark = {
  name: 'hot-sale',
  run: async ({ isShort, seed, say }) => {
    const stops: (() => Promise<void>)[] = [];
    try {
      const postgres = await Postgres.start();
      stops.push(() => postgres.stop());
      const naive = await PostgresSale.start('for-update', postgres, connections['for-update']);
      stops.push(() => naive.stop());
      const oneStatement = await PostgresSale.start('one-statement', postgres, connections['one-statement']);
      stops.push(() => oneStatement.stop());
      const platform = await Platform.start();
      stops.push(() => platform.stop());
      const entrants = [
        entrant('ours', platform, seed),
        entrant('naive', naive, seed),
        entrant('oneStatement', oneStatement, seed),
      ];
      const options: AlternateOptions<HotRound> = {
        rounds: isShort ? 1 : 5,
        onRound: (name, round, { perSecond, told, isRight }) =>
          say(
            `${name} ${round}: ${Math.round(perSecond)}/s, p99 ${told.latency.p99Ms} ms, ${told.comeAgain} came again${isRight ? '' : ` WRONG ${JSON.stringify(told.answers)}`}`,
          ),
      };
      const rounds = await alternate(entrants, options);
      const ratios = {
        naive: ratioSpread(rounds, 'ours', 'naive'),
        oneStatement: ratioSpread(rounds, 'ours', 'oneStatement'),
      };
      const open: Awaited<ReturnType<typeof arriving>>[] = [];
      for (const share of openShares) {
        const told = await arriving(platform, Math.round(ratesSpread(rounds, 'ours').median * share), seed);
        say(`buyers arrive at ${told.perSecond}/s: p99 ${told.latency.p99Ms} ms, ${told.comeAgain} came again`);
        open.push(told);
      }
      return {
        correct: [...open, ...[...rounds.values()].flat()].every((round) => round.isRight),
        ratio: { naive: ratios.naive.median, oneStatement: ratios.oneStatement.median },
        figures: {
          load: { buyers, tickets, inFlight, connections },
          postgres: { version: postgres.version, settings: Postgres.settings },
          ratios,
          processorRatios: {
            naive: processorRatio(rounds, 'naive'),
            oneStatement: processorRatio(rounds, 'oneStatement'),
          },
          arriving: open,
          ours: figuresOf(rounds, 'ours'),
          naive: figuresOf(rounds, 'naive'),
          oneStatement: figuresOf(rounds, 'oneStatement'),
        },
      };
    } finally {
      for (const stop of stops.toReversed()) await stop();
    }
  },
};
