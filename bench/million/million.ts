import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Benchmark } from '../benchmark.js';
import { significant } from '../harness/statistics.js';
import { runTask } from '../harness/task.js';
import type { AttemptsJob, AttemptsResult } from './attempts.js';

const inFlight = 1_000;
/** What the process may hold at most, and what it may gain after the first tenth, by which all places are gone. */
const limits = { residentMiB: 600, gainedMiB: 200 };

const forms = {
  short: { attempts: 50_000, places: 500 },
  long: { attempts: 1_000_000, places: 10_000 },
};

/** A crowd of a hundred times the places: whoever gets one pays and has a ticket, all others are told that they have none. */
export const benchmark: Benchmark = {
  name: 'million',
  run: async ({ isShort, seed, say }) => {
    const { attempts, places } = forms[isShort ? 'short' : 'long'];
    const folder = mkdtempSync(join(tmpdir(), 'boxoffice-bench-'));
    try {
      const job = { folder, attempts, places, inFlight, seed };
      const told = await runTask<AttemptsJob, AttemptsResult>(new URL('./attempts.js', import.meta.url), job);
      say(`${attempts} attempts in ${told.seconds.toFixed(1)} s: ${JSON.stringify(told.answers)}`);
      const { answers, sold, held, differentTickets, residentMiB } = told;
      const answered = Object.values(answers).reduce((sum, count) => sum + count, 0);
      const refused = (answers.sold_out ?? 0) + (answers.limit_per_person ?? 0);
      const checks = {
        soldIsPlaces: sold === places && held === 0 && answers.fulfilled === places,
        ticketsAreDifferent: differentTickets === places,
        allAreAnswered: answered === attempts && refused === attempts - places,
        memoryIsBounded:
          Math.max(...residentMiB) <= limits.residentMiB &&
          (residentMiB.at(-1) ?? Number.NaN) - (residentMiB[0] ?? Number.NaN) <= limits.gainedMiB,
      };
      return {
        correct: Object.values(checks).every((holds) => holds),
        ratio: {},
        figures: {
          load: { attempts, places, inFlight },
          attemptsPerSecond: significant(attempts / told.seconds),
          checks,
          limits,
          ...told,
        },
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
