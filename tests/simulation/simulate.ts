import { parseArgs } from 'node:util';
import { simulate } from './run.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
});

const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
const begin = performance.now();
let failed = 0;
for (let seed = first; seed < first + count; seed++) {
  const run = await simulate(seed, values.trace ? (line) => console.log(line) : undefined);
  if (values.seed !== undefined) console.log(`seed ${seed}: ${run.steps} steps, ${run.events} events, ${run.digest}`);
  if (run.broken.length === 0) continue;
  failed++;
  console.log(`seed ${seed}: ${run.broken.length} broken\n  ${run.broken.slice(0, 5).join('\n  ')}`);
}
console.log(`${count} seeds, ${failed} failed, ${Math.round(performance.now() - begin)} ms`);
process.exitCode = failed > 0 ? 1 : 0;
