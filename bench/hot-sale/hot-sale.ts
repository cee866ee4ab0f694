import type { Benchmark } from '../benchmark.js';
import { alternate, type Entrant, type Round, ratesSpread } from '../harness/pairs.js';
import { runTask } from '../harness/task.js';
import type { CrowdJob, CrowdResult } from './buyers.js';
import { Platform } from './platform.js';

const buyers = 10_000;
const tickets = 1_000;
const inFlight = 256;

interface HotRound extends Round {
  readonly isRight: boolean;
  readonly crowd: CrowdResult;
}

const crowd = (job: CrowdJob): Promise<CrowdResult> => runTask(new URL('./buyers.js', import.meta.url), job);

const ours = (platform: Platform): Entrant<HotRound> => ({
  name: 'ours',
  run: async (round) => {
    const saleId = await platform.openSale(tickets);
    const told = await crowd({ url: platform.url, saleId, buyers, inFlight, seed: round + 100 });
    const places = await platform.places(saleId, ({ held }) => held === tickets);
    const isRight =
      told.answers['201'] === tickets &&
      told.answers['409 sold_out'] === buyers - tickets &&
      new Set(told.orderIds).size === tickets &&
      places.held === tickets &&
      places.free === 0;
    return { perSecond: buyers / told.seconds, isRight, crowd: told };
  },
});

export const benchmark: Benchmark = {
  name: 'hot-sale',
  run: async ({ isShort, say }) => {
    const platform = await Platform.start();
    try {
      const rounds = await alternate([ours(platform)], {
        rounds: isShort ? 3 : 5,
        onRound: (name, round, { perSecond, crowd }) =>
          say(
            `${name} ${round}: ${Math.round(perSecond)}/s, ${JSON.stringify(crowd.answers)}, client ${crowd.processorSeconds} s`,
          ),
      });
      const correct = [...rounds.values()].flat().every(({ isRight }) => isRight);
      return { correct, ratio: {}, figures: { perSecond: ratesSpread(rounds, 'ours') } };
    } finally {
      await platform.stop();
    }
  },
};
