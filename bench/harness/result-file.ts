import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { BenchmarkResult } from '../benchmark.js';
import { root } from './checkout.js';
import { commitNow, fsyncFacts, machineFacts } from './machine.js';
import { stolenSeconds } from './processor-time.js';

export interface RunFacts {
  readonly isShort: boolean;
  readonly seed: number;
  readonly startedAt: Date;
  /** `stolenSeconds` at the start. */
  readonly stolenBefore: number;
}

/**
 * Keeps a result beside what it was measured on. A long run writes `bench/results/<name>.json`, which documents quote; a
 * short one `<name>.short.json`, which isn't kept in the history.
 * @returns the file, relative to the project's folder
 */
export const writeResult = async (name: string, run: RunFacts, result: BenchmarkResult): Promise<string> => {
  const seconds = (Date.now() - run.startedAt.getTime()) / 1_000;
  const machine = machineFacts();
  const stolenShare = (stolenSeconds() - run.stolenBefore) / seconds / machine.cores;
  const record = {
    name,
    form: run.isShort ? 'short' : 'long',
    date: run.startedAt.toISOString(),
    seconds: Math.round(seconds),
    seed: run.seed,
    commit: commitNow(),
    node: process.version,
    machine,
    /** Of the processors' time in this run, what other guests of the host took. */
    stolenShare: Number(stolenShare.toFixed(3)),
    fsync: await fsyncFacts(),
    ...result,
  };
  const folder = join(root, 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, run.isShort ? `${name}.short.json` : `${name}.json`);
  writeFileSync(file, `${JSON.stringify(record, null, 2)}\n`);
  return relative(root, file);
};
