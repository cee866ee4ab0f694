import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Benchmark } from '../benchmark.js';
import { alternate, type Entrant, type Round, type Rounds, ratesSpread, ratioSpread } from '../harness/pairs.js';
import { median, significant } from '../harness/statistics.js';
import { runTask, Task } from '../harness/task.js';
import { peerModule } from '../peers/peer-process.js';
import { Postgres } from '../peers/postgres.js';
import { Differences, expectedTicket } from './counted-tickets.js';
import type { Filled, FillJob } from './fill.js';
import { eventsPerTicket, turnsOf } from './history.js';
import type { PeerDone, PeerJob } from './jobs.js';
import type { RebuildDone, RebuildJob } from './rebuild-view.js';

const writers = 10;
/** Tickets have ten events each. The peer is given fewer: rates are compared. */
const forms = {
  short: { ours: 5_000, emmett: 200, rounds: 1 },
  long: { ours: 100_000, emmett: 300, rounds: 5 },
};
const memoryLimitMb = 300;

interface RebuildRound extends Round {
  readonly skipped: number;
  readonly doubled: number;
  readonly different: number;
  readonly processorSeconds?: number;
  readonly memoryMb?: readonly number[];
  readonly peakMemoryMb?: number;
}

const ours = (job: RebuildJob): Entrant<RebuildRound> => ({
  name: 'ours',
  run: async () => {
    const done = await runTask<RebuildJob, RebuildDone>(new URL('./rebuild-view.js', import.meta.url), job);
    return { ...done, perSecond: (job.tickets * eventsPerTicket) / done.seconds };
  },
});

const emmett = (task: Task<PeerJob, PeerDone>, seed: number, tickets: number): Entrant<RebuildRound> => ({
  name: 'emmett',
  run: async () => {
    const { seconds, documents = [] } = await task.do({ do: 'rebuild' });
    const found = new Map(documents.map((document) => [document.ticketId, document]));
    const differences = new Differences();
    for (let number = 0; number < tickets; number++) {
      differences.add(expectedTicket(seed, number), found.get(String(number)));
    }
    const { skipped, doubled, different } = differences;
    return { perSecond: (tickets * eventsPerTicket) / seconds, skipped, doubled, different };
  },
});

const sum = (rounds: Rounds<RebuildRound>, name: string, of: (round: RebuildRound) => number): number =>
  (rounds.get(name) ?? []).reduce((total, round) => total + of(round), 0);

const figuresOf = (rounds: Rounds<RebuildRound>, name: string) => ({
  eventsPerSecond: ratesSpread(rounds, name),
  skipped: sum(rounds, name, ({ skipped }) => skipped),
  doubled: sum(rounds, name, ({ doubled }) => doubled),
  documentsOtherThanTheFold: sum(rounds, name, ({ different }) => different),
});

export const benchmark: Benchmark = {
  name: 'rebuild',
  run: async ({ isShort, seed, say }) => {
    const form = isShort ? forms.short : forms.long;
    const folder = mkdtempSync(join(tmpdir(), 'boxoffice-bench-'));
    const postgres = await Postgres.start();
    const peer = new Task<PeerJob, PeerDone>(peerModule('rebuild/emmett.mjs'));
    try {
      const fill = new URL('./fill.js', import.meta.url);
      const filled = await runTask<FillJob, Filled>(fill, { folder, seed, tickets: form.ours, writers, inFlight: 50 });
      say(`ours: ${filled.events} events in ${filled.seconds.toFixed(1)} s`);
      const shares = { seed, tickets: form.emmett, writers };
      const turns = Array.from({ length: writers }, (_, writer) => [...turnsOf(shares, writer)]);
      const { seconds } = await peer.do({ do: 'fill', where: postgres.url, writers: turns });
      say(`emmett: ${form.emmett * eventsPerTicket} events in ${seconds.toFixed(1)} s`);
      const entrants = [ours({ folder, seed, tickets: form.ours }), emmett(peer, seed, form.emmett)];
      const rounds = await alternate(entrants, {
        rounds: form.rounds,
        onRound: (name, round, { perSecond, skipped, doubled, different, peakMemoryMb }) =>
          say(
            `${name} ${round}: ${Math.round(perSecond)}/s, ${skipped} skipped, ${doubled} doubled, ${different} wrong${peakMemoryMb === undefined ? '' : `, ${peakMemoryMb} MB`}`,
          ),
      });
      const own = rounds.get('ours') ?? [];
      const { skipped, doubled, ...figures } = figuresOf(rounds, 'ours');
      const peakMemoryMb = Math.max(...own.map((round) => round.peakMemoryMb ?? Number.NaN));
      const ratio = ratioSpread(rounds, 'ours', 'emmett');
      return {
        correct:
          skipped === 0 && doubled === 0 && figures.documentsOtherThanTheFold === 0 && peakMemoryMb <= memoryLimitMb,
        ratio: { emmett: ratio.median, skipped, doubled },
        figures: {
          load: { writers, events: { ours: filled.events, emmett: form.emmett * eventsPerTicket }, documents: form },
          postgres: { version: postgres.version, settings: Postgres.settings },
          ratios: { emmett: ratio },
          ours: {
            ...figures,
            processorSeconds: significant(median(own.map((round) => round.processorSeconds ?? Number.NaN))),
            peakMemoryMb,
            memoryMbByTenths: own.at(-1)?.memoryMb,
          },
          emmett: figuresOf(rounds, 'emmett'),
        },
      };
    } finally {
      await peer.stop();
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
