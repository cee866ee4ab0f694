import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Benchmark } from './benchmark.js';
import { stolenSeconds } from './harness/processor-time.js';
import { writeResult } from './harness/result-file.js';

const usage = 'npm run bench -- <name> [--short] [--seed <number>]';

/** Each benchmark is a folder with a module of the same name. */
const names = (): readonly string[] =>
  readdirSync(import.meta.dirname, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .filter(({ name }) => readdirSync(join(import.meta.dirname, name)).includes(`${name}.js`))
    .map(({ name }) => name)
    .sort();

const load = async (name: string): Promise<Benchmark> => {
  const { benchmark }: { benchmark?: Benchmark } = await import(`./${name}/${name}.js`);
  if (benchmark?.name !== name) throw new Error(`bench/${name}/${name}.ts must export the benchmark ${name}`);
  return benchmark;
};

const readSeed = (text: string): number => {
  const seed = Number(text);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error('--seed must be a whole number');
  return seed;
};

const say = (line: string): void => {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
};

const main = async (): Promise<number> => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { short: { type: 'boolean', default: false }, seed: { type: 'string', default: '42' } },
  });
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0 || !names().includes(name)) {
    process.stdout.write(`${usage}\n${names().join('\n')}\n`);
    return name === undefined ? 0 : 2;
  }
  const seed = readSeed(values.seed);
  const benchmark = await load(name);
  const startedAt = new Date();
  const stolenBefore = stolenSeconds();
  const result = await benchmark.run({ isShort: values.short, seed, say });
  const file = await writeResult(name, { isShort: values.short, seed, startedAt, stolenBefore }, result);
  process.stdout.write(`${JSON.stringify({ correct: result.correct, ratio: result.ratio }, null, 2)}\n`);
  say(`written to ${file}`);
  if (!result.correct) say(`${name}: the result is WRONG`);
  return result.correct ? 0 : 1;
};

try {
  process.exitCode = await main();
} catch (cause) {
  process.stderr.write(`bench: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}\n`);
  process.exitCode = 1;
}
