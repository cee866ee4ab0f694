import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Benchmark, BenchmarkOptions } from '../benchmark.js';
import { alternate, type Entrant, ratioSpread } from '../harness/pairs.js';
import { randomFrom } from '../harness/random.js';
import { significant } from '../harness/statistics.js';
import { runTask } from '../harness/task.js';
import { killAndRecount } from './kill-and-recount.js';
import type { LoadJob, LoadResult } from './load.js';
import { messageDb, type Peer, umaDb } from './peers.js';
import { type AppendRound, figuresOf, roundOf } from './round.js';

const peerWriters = 64;
const inHundreds = { name: 'inHundreds', writers: 100, eventsPerAppend: 100 };
const ones = [1, 10, 64, 256].map((writers) => ({ name: `writers${writers}`, writers, eventsPerAppend: 1 }));
/** Writers that don't wait for each other; about a fifth of what is written as fast as can be. */
const arrivals = { writers: 256, eventsPerAppend: 1, perSecond: 2_000 };

const load = (job: LoadJob): Promise<LoadResult> => runTask(new URL('./load.js', import.meta.url), job);

const ours = (job: LoadJob & { readonly name: string }): Entrant<AppendRound> => ({
  name: job.name,
  run: async () => roundOf(await load(job), 0),
});

/** Peers that can be had here, and why the others can't. */
const peersHere = async (isShort: boolean, seconds: number) => {
  const peers: Peer[] = [];
  const missing: Record<string, string> = {};
  const add = async (name: string, start: () => Promise<Peer>): Promise<void> => {
    try {
      peers.push(await start());
    } catch (cause) {
      missing[name] = cause instanceof Error ? cause.message : String(cause);
    }
  };
  const work = { writers: peerWriters, seconds };
  await add('umadb', () => umaDb(work, !isShort));
  await add('messageDb', () => messageDb(work));
  return { peers, missing };
};

const race = async (folder: string, peers: readonly Peer[], { isShort, seed, say }: BenchmarkOptions) => {
  const seconds = isShort ? 1 : 3;
  const entrants = [...ones, inHundreds].map((work) => ours({ ...work, folder, seconds, seed }));
  const options = {
    rounds: isShort ? 1 : 5,
    onRound: (name: string, round: number, { perSecond, p99Ms, isRight }: AppendRound): void =>
      say(`${name} ${round}: ${Math.round(perSecond)} events/s, p99 ${p99Ms} ms${isRight ? '' : ' WRONG'}`),
  };
  // The peers beside the work that they are compared with.
  const at = entrants.findIndex(({ name }) => name === `writers${peerWriters}`);
  return alternate(entrants.toSpliced(at + 1, 0, ...peers), options);
};

export const benchmark: Benchmark = {
  name: 'durable-append',
  run: async (options) => {
    const { isShort, seed, say } = options;
    const folder = mkdtempSync(join(tmpdir(), 'boxoffice-append-'));
    const loadAverageBefore = loadavg().map(significant);
    const { peers, missing } = await peersHere(isShort, isShort ? 1 : 3);
    for (const [name, reason] of Object.entries(missing)) say(`no ${name}: ${reason}`);
    try {
      const rounds = await race(join(folder, 'race'), peers, options);
      const arriving = await load({ ...arrivals, folder: join(folder, 'arriving'), seconds: isShort ? 2 : 10, seed });
      const killing = { folder: join(folder, 'kills'), kills: isShort ? 5 : 200, random: randomFrom(seed), say };
      const kills = await killAndRecount(killing);
      const ratios = peers.map(({ name }) => [name, ratioSpread(rounds, `writers${peerWriters}`, name)] as const);
      const names = [...rounds.keys()];
      const hundreds = figuresOf(rounds, inHundreds.name).eventsPerSecond.median;
      return {
        correct:
          [...rounds.values()].flat().every(({ isRight }) => isRight) &&
          arriving.isRight &&
          kills.lost === 0 &&
          kills.misplaced === 0 &&
          kills.acknowledgedEvents > 0,
        ratio: {
          umadb: null,
          messageDb: null,
          ...Object.fromEntries(ratios.map(([name, { median }]) => [name, median])),
          inHundredsPerSecond: hundreds,
        },
        figures: {
          inHundredsPerSecond: hundreds,
          loadAverageBefore,
          kills,
          peers: { writers: peerWriters, versions: peers.map(({ name, version }) => ({ name, version })), missing },
          ratios: Object.fromEntries(ratios),
          ...Object.fromEntries(names.map((name) => [name, figuresOf(rounds, name)])),
          arriving: { ...arrivals, latency: arriving.latency },
        },
      };
    } finally {
      for (const peer of peers) await peer.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
