import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './checkout.js';

const run = promisify(execFile);
const source = join(root, 'tests', 'support', 'failing-disk.c');

/** How a disk can fail; `eio-sync` takes the writes and fails to make them durable. */
export const ways = ['full', 'readonly', 'eio-write', 'eio-sync'] as const;
export type Way = (typeof ways)[number];

export const hasCompiler = (): Promise<boolean> =>
  run('cc', ['--version']).then(
    () => true,
    () => false,
  );

/** Stands between a process and its files, and lets the disk fail and be well again while it runs. */
export class FailingDisk {
  private constructor(
    private readonly control: string,
    private readonly library: string,
  ) {}

  /** @param folder where its own two files go; not the data folder */
  static async build(folder: string): Promise<FailingDisk> {
    const library = join(folder, 'failing-disk.so');
    await run('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl']);
    return new FailingDisk(join(folder, 'failing-disk'), library);
  }

  /** Environment of a process that has this disk. */
  get environment(): Readonly<Record<string, string>> {
    return { LD_PRELOAD: this.library, FAILING_DISK: this.control };
  }

  fail(way: Way, file: string): Promise<void> {
    return writeFile(this.control, `${way} ${file}`);
  }

  heal(): Promise<void> {
    return writeFile(this.control, '');
  }
}
