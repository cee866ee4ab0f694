import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { settingsFor } from './platform.js';
import { until } from './until.js';

const script = fileURLToPath(new URL('../../src/main/cli.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A command of the built command line under way, as a process of its own. */
export class Running {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  out = '';
  err = '';

  constructor(args: readonly string[], settings: Readonly<Record<string, string>>) {
    const own = Object.entries(process.env).filter(([name]) => !/^(BOXOFFICE_|PORT$|OPERATOR_PORT$)/.test(name));
    const env = { ...Object.fromEntries(own), ...settings };
    this.#child = spawn(process.execPath, ['--enable-source-maps', script, ...args], { env });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.out += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.err += text;
    });
    this.#ended = once(this.#child, 'close');
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get lines(): readonly string[] {
    return this.out.split('\n').filter((line) => line !== '');
  }

  async end(): Promise<Ended> {
    await this.#ended;
    return { code: this.#child.exitCode, out: this.out, err: this.err };
  }

  stop(): Promise<Ended> {
    this.#child.kill('SIGTERM');
    return this.end();
  }
}

/** Runs a command on a data folder to its end. */
export const boxoffice = (
  folder: string,
  args: readonly string[],
  own: Readonly<Record<string, string>> = {},
): Promise<Ended> => new Running(args, settingsFor(folder, own)).end();

/** `boxoffice serve` on free ports. @throws Error with what it wrote if it isn't ready in time */
export const serve = async (folder: string): Promise<{ readonly running: Running; readonly url: string }> => {
  const running = new Running(['serve'], settingsFor(folder, { BOXOFFICE_LOG_LEVEL: 'info' }));
  const ready = (): string | undefined => running.lines.find((line) => line.includes('"msg":"ready"'));
  await until('serve is ready', () => ready() !== undefined, 30_000).catch(async (cause: unknown) => {
    const { out, err } = await running.stop();
    throw new Error(`serve is not ready: ${out}${err}`, { cause });
  });
  return { running, url: JSON.parse(ready() ?? '{}').url };
};
