import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { cpus, release, tmpdir, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { root } from './checkout.js';
import { median } from './statistics.js';

export const machineFacts = () => {
  const processors = cpus();
  return {
    system: `${type()} ${release()}`,
    processor: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  };
};

const git = (...args: readonly string[]): string =>
  execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();

/** Commit that was measured, with `+` where files of the product or of the benchmarks differ from it. */
export const commitNow = (): string => {
  try {
    const changed = git('status', '--porcelain', '--', 'src', 'bench', 'package-lock.json', ':!bench/results');
    return git('rev-parse', '--short=12', 'HEAD') + (changed === '' ? '' : '+');
  } catch {
    return 'unknown';
  }
};

/** How long this disk takes to make 4 KiB durable, and that every store measured here waits for it. */
export const fsyncFacts = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'boxoffice-fsync-'));
  const file = await open(join(folder, 'probe'), 'w');
  try {
    const page = Buffer.alloc(4_096, 1);
    const times: number[] = [];
    for (let turn = 0; turn < 200; turn++) {
      await file.write(page, 0, page.length, turn * page.length);
      const begun = performance.now();
      await file.datasync();
      times.push(performance.now() - begun);
    }
    return { mode: 'on', medianMs: Number(median(times).toFixed(3)) };
  } finally {
    await file.close();
    rmSync(folder, { recursive: true, force: true });
  }
};
