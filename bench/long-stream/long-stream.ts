import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Benchmark } from '../benchmark.js';
import { alternate, type Entrant, type Round } from '../harness/pairs.js';
import { randomFrom } from '../harness/random.js';
import { median, significant, spreadOf } from '../harness/statistics.js';
import { runTask } from '../harness/task.js';
import { startPeer } from '../peers/peer-process.js';
import { Postgres } from '../peers/postgres.js';
import type { OurJob } from './our-process.js';
import { lengths, type MeasuredRun, reservedMinor, type Subject, settledMinor, startedAt } from './streams.js';

const longest = 100_000;
const shortest = 10;
/** Commands on each stream in a process: the first finds the state neither in memory nor near it. */
const commands = 3;

type Samples = Readonly<Record<string, readonly number[]>>;

interface LongRound extends Round {
  /** Milliseconds of each command, by what it was and the length of its stream. */
  readonly samples: Samples;
  readonly wrong: readonly string[];
}

const subject = (kind: Subject['kind'], length: number, name: string): Subject => ({
  kind,
  length,
  id: `${name}-${length}`,
});

/** Cards of each length, fewer of the long ones; short ones of their own for each round, as commands lengthen them. */
const cardsOf = (rounds: number, longOnes: number): readonly (readonly Subject[])[] =>
  Array.from({ length: rounds }, (_, round) => [
    ...lengths.flatMap((length) => {
      const isShort = length <= 100;
      const count = isShort ? 15 : longOnes;
      const name = (n: number): string => (isShort ? `${round}-${n}` : `${n}`);
      return Array.from({ length: count }, (_one, n) => subject('card', length, name(n)));
    }),
  ]);

const unique = (subjects: readonly Subject[]): readonly Subject[] => [
  ...new Map(subjects.map((one) => [one.kind + one.id, one])).values(),
];

const shuffled = <T>(items: readonly T[], random: () => number): readonly T[] =>
  items
    .map((item) => [random(), item] as const)
    .sort(([left], [right]) => left - right)
    .map(([, item]) => item);

const byLength = (times: Readonly<Record<number, readonly number[]>>, name: string): Samples =>
  Object.fromEntries(Object.entries(times).map(([length, found]) => [`${name} ${length}`, found]));

const medianOf = (samples: Samples, name: string): number => median(samples[name] ?? []);

/** Counts the commands that each stream has had, so that each new one is held against what it must come to. */
class Counted {
  readonly #counts: Record<string, number> = {};

  get now(): Readonly<Record<string, number>> {
    return { ...this.#counts };
  }

  add(subjects: readonly Subject[], count: number): void {
    for (const { id } of subjects) this.#counts[id] = (this.#counts[id] ?? 0) + count;
  }
}

interface Setting {
  readonly rounds: readonly (readonly Subject[])[];
  readonly sales: readonly Subject[];
  readonly warmUps: readonly Subject[];
  readonly random: () => number;
}

/** The embedded store as the platform opens it, in a process of its own for each round. */
const ours = async (folder: string, { rounds, sales, warmUps, random }: Setting): Promise<Entrant<LongRound>> => {
  const counted = new Counted();
  const run = (job: Pick<OurJob, 'work' | 'subjects'> & Partial<OurJob>): Promise<MeasuredRun> =>
    runTask<OurJob, MeasuredRun>(new URL('./our-process.js', import.meta.url), {
      folder,
      warmUps,
      withSnapshots: true,
      before: counted.now,
      warmCommands: commands - 1,
      ...job,
    });
  const all = unique([...rounds.flat(), ...sales]);
  const built = await run({ work: 'build', subjects: all });
  counted.add([...all, ...warmUps], 1);
  // Streams have gone on since their last snapshot, each by another number of events, as in a process that died.
  const wrong = [...built.wrong];
  for (const [index, one] of all.entries()) {
    const more = one.length > 100 ? (index % 4) * 10 : 0;
    if (more === 0) continue;
    const lengthened = await run({ work: 'measure', subjects: [one], warmUps: [], warmCommands: more - 1 });
    wrong.push(...lengthened.wrong);
    counted.add([one], more);
  }
  return {
    name: 'ours',
    run: async (round) => {
      const subjects = shuffled([...(rounds[Math.max(round, 0)] ?? []), ...sales], random);
      const told = await run({ work: 'measure', subjects });
      counted.add([...subjects, ...warmUps], commands);
      const folded = subjects.filter(({ kind, length }) => kind === 'card' && length === longest).slice(0, 1);
      const without = await run({ work: 'measure', subjects: folded, warmUps: [], withSnapshots: false });
      counted.add(folded, commands);
      const samples = {
        ...byLength(told.card.cold, 'cold'),
        ...byLength(told.card.warm, 'warm'),
        ...byLength(told.sale.cold, 'sale cold'),
        ...byLength(told.sale.warm, 'sale warm'),
        ...byLength(without.card.cold, 'cold without snapshot'),
      };
      const perSecond = 1_000 / medianOf(samples, `cold ${longest}`);
      return { perSecond, samples, wrong: [...wrong.splice(0), ...told.wrong, ...without.wrong] };
    },
  };
};

/** Emmett's command handler on PostgreSQL: it reads the stream for each command, so its cold is its warm. */
const emmett = async (url: string, { rounds, warmUps, random }: Setting): Promise<Entrant<LongRound>> => {
  const counted = new Counted();
  const run = async (work: 'build' | 'measure', subjects: readonly Subject[]) => {
    const facts = {
      url,
      work,
      subjects,
      warmUps,
      before: counted.now,
      commands: 1,
      settledMinor,
      reservedMinor,
      startedAt,
    };
    const peer = await startPeer('long-stream/emmett.mjs', { args: [JSON.stringify(facts)], readyMs: 600_000 });
    return peer.ready as { times: Record<number, readonly number[]>; wrong: readonly string[] };
  };
  await run('build', unique(rounds.flat()));
  return {
    name: 'emmett',
    run: async (round) => {
      const subjects = shuffled(rounds[Math.max(round, 0)] ?? [], random);
      const { times, wrong } = await run('measure', subjects);
      counted.add([...subjects, ...warmUps], 1);
      const samples = byLength(times, 'cold');
      return { perSecond: 1_000 / medianOf(samples, `cold ${longest}`), samples, wrong };
    },
  };
};

/** The samples of all rounds together. */
const pooled = (rounds: readonly LongRound[]): Samples => {
  const names = Object.keys(rounds[0]?.samples ?? {});
  return Object.fromEntries(names.map((name) => [name, rounds.flatMap(({ samples }) => samples[name] ?? [])]));
};

const medians = (samples: Samples): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.keys(samples).map((name) => [name, significant(medianOf(samples, name))]));

/** Medians by each other: over the samples of all rounds, and round by round. */
const quotient = (rounds: readonly LongRound[], over: string, under: string) => {
  const of = (samples: Samples): number => medianOf(samples, over) / medianOf(samples, under);
  return { ofAll: significant(of(pooled(rounds))), byRound: spreadOf(rounds.map(({ samples }) => of(samples))) };
};

export const benchmark: Benchmark = {
  name: 'long-stream',
  run: async ({ isShort, seed, say }) => {
    const count = isShort ? 3 : 5;
    const random = randomFrom(seed);
    const setting: Setting = {
      rounds: cardsOf(count, isShort ? 1 : 3),
      sales: lengths.map((length) => subject('sale', length, 'sale')),
      warmUps: [
        ...Array.from({ length: 10 }, (_, n) => subject('card', shortest, `warm-${n}`)),
        ...Array.from({ length: 3 }, (_, n) => subject('card', 1_000, `warm-${n}`)),
      ],
      random,
    };
    const folder = mkdtempSync(join(tmpdir(), 'boxoffice-bench-'));
    const postgres = await Postgres.start();
    try {
      say('building the histories');
      const entrants = [await ours(folder, setting), await emmett(postgres.url, setting)];
      say('built');
      const rounds = await alternate(entrants, {
        rounds: count,
        warmUps: 0,
        onRound: (name, round, { samples }) =>
          say(
            `${name} ${round}: ${Object.entries(medians(samples))
              .map(([what, ms]) => `${what}: ${ms}`)
              .join(', ')} ms`,
          ),
      });
      const own = rounds.get('ours') ?? [];
      const peer = rounds.get('emmett') ?? [];
      const wrong = [...own, ...peer].flatMap((round) => round.wrong);
      const [long, short] = [`cold ${longest}`, `cold ${shortest}`];
      const longOverShort = quotient(own, long, short);
      return {
        correct: wrong.length === 0,
        ratio: {
          longOverShort: longOverShort.ofAll,
          emmett: significant(medianOf(pooled(peer), long) / medianOf(pooled(own), long)),
        },
        figures: {
          longOverShort,
          longOverShortWarm: quotient(own, `warm ${longest}`, `warm ${shortest}`),
          longOverShortOfEmmett: quotient(peer, long, short),
          saleLongOverShort: quotient(own, `sale cold ${longest}`, `sale cold ${shortest}`),
          medianMs: medians(pooled(own)),
          emmettMedianMs: medians(pooled(peer)),
          postgres: { version: postgres.version, ...Postgres.settings },
          wrong: wrong.slice(0, 10),
        },
      };
    } finally {
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
