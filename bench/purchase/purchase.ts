import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Benchmark } from '../benchmark.js';
import { alternate, type Entrant, type Round, type Rounds, ratesSpread, ratioSpread } from '../harness/pairs.js';
import { randomFrom, zipf } from '../harness/random.js';
import { median, significant } from '../harness/statistics.js';
import { Task } from '../harness/task.js';
import { peerModule } from '../peers/peer-process.js';
import { Postgres } from '../peers/postgres.js';
import type { PurchaseDone, PurchaseJob } from './jobs.js';

const sales = 1_000;
const exponent = 1.1;
const capacity = 1_000_000;
/** Events of a whole purchase: two of the sale, seven of the order, one of the ticket. */
const eventsOfPurchase = 10;
/** Announced and opened. */
const eventsOfSale = 2;

interface Form {
  readonly rounds: number;
  readonly ours: number;
  readonly emmett: number;
}

const forms: Readonly<Record<'short' | 'long', Form>> = {
  short: { rounds: 5, ours: 2_000, emmett: 100 },
  long: { rounds: 5, ours: 20_000, emmett: 500 },
};

interface BoughtRound extends Round {
  readonly isRight: boolean;
  readonly processorSeconds: number;
}

/** One side with all that it was told to buy, so that what it has stored can be counted against it. */
class Side implements Entrant<BoughtRound> {
  readonly #random: () => number;
  readonly #wanted = new Array<number>(sales).fill(0);
  #purchases = 0;

  constructor(
    readonly name: string,
    private readonly task: Task<PurchaseJob, PurchaseDone>,
    private readonly parts: {
      readonly purchases: number;
      readonly inFlight: number;
      readonly seed: number;
      readonly alsoUsed?: () => number;
    },
  ) {
    this.#random = randomFrom(parts.seed);
  }

  open(where: string): Promise<PurchaseDone> {
    return this.task.do({ do: 'open', where, sales, capacity });
  }

  async run(round: number): Promise<BoughtRound> {
    const { purchases, inFlight } = this.parts;
    const picks = Array.from({ length: purchases }, zipf(sales, exponent, this.#random));
    for (const pick of picks) this.#wanted[pick] = (this.#wanted[pick] ?? 0) + 1;
    this.#purchases += purchases;
    const before = this.#used();
    const { seconds = Number.NaN, fulfilled } = await this.task.do({ do: 'buy', picks, inFlight, round });
    const processorSeconds = this.#used() - before;
    return { perSecond: purchases / seconds, isRight: fulfilled === purchases, processorSeconds };
  }

  /** Whether the stored events say what was bought, sale by sale, each ticket once and nothing left over. */
  async isRight(): Promise<boolean> {
    const { sold = [], held, events, ticketIds } = await this.task.do({ do: 'count' });
    return (
      held === 0 &&
      this.#wanted.every((wanted, index) => sold[index] === wanted) &&
      new Set(ticketIds).size === this.#purchases &&
      events === sales * eventsOfSale + this.#purchases * eventsOfPurchase
    );
  }

  stop(): Promise<void> {
    return this.task.stop();
  }

  #used(): number {
    return this.task.processorSeconds() + (this.parts.alsoUsed?.() ?? 0);
  }
}

const figuresOf = (rounds: Rounds<BoughtRound>, name: string, purchases: number) => ({
  purchasesPerRound: purchases,
  purchasesPerSecond: ratesSpread(rounds, name),
  processorMsOfPurchase: significant(
    median((rounds.get(name) ?? []).map(({ processorSeconds }) => (processorSeconds * 1_000) / purchases)),
  ),
});

export const benchmark: Benchmark = {
  name: 'purchase',
  run: async ({ isShort, seed, say }) => {
    const form = forms[isShort ? 'short' : 'long'];
    const folder = mkdtempSync(join(tmpdir(), 'boxoffice-bench-'));
    const stops: (() => Promise<void>)[] = [];
    try {
      const postgres = await Postgres.start();
      stops.push(() => postgres.stop());
      const own = new Task<PurchaseJob, PurchaseDone>(new URL('./platform-side.js', import.meta.url));
      const ours = new Side('ours', own, { purchases: form.ours, inFlight: 256, seed });
      stops.push(() => ours.stop());
      const theirs = new Task<PurchaseJob, PurchaseDone>(peerModule('purchase/emmett.mjs'));
      const alsoUsed = (): number => postgres.processorSeconds();
      const emmett = new Side('emmett', theirs, { purchases: form.emmett, inFlight: 20, seed, alsoUsed });
      stops.push(() => emmett.stop());
      await ours.open(folder);
      await emmett.open(postgres.url);
      const rounds = await alternate<BoughtRound>([ours, emmett], {
        rounds: form.rounds,
        onRound: (name, round, { perSecond }) => say(`${name} ${round}: ${perSecond.toFixed(1)} purchases/s`),
      });
      const isStoredRight = { ours: await ours.isRight(), emmett: await emmett.isRight() };
      const ratio = ratioSpread(rounds, 'ours', 'emmett');
      const areAllFulfilled = [...rounds.values()].flat().every((round) => round.isRight);
      return {
        correct: areAllFulfilled && isStoredRight.ours && isStoredRight.emmett,
        ratio: { emmett: ratio.median },
        figures: {
          load: { sales, zipf: exponent, inFlight: { ours: 256, emmett: 20 } },
          postgres: { version: postgres.version, settings: Postgres.settings },
          areAllFulfilled,
          isStoredRight,
          ratios: { emmett: ratio },
          ours: figuresOf(rounds, 'ours', form.ours),
          emmett: figuresOf(rounds, 'emmett', form.emmett),
        },
      };
    } finally {
      for (const stop of stops.toReversed()) await stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
