import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { processorSeconds } from './processor-time.js';

export interface NodeProcessOptions {
  readonly args?: readonly string[];
  /** Options of Node itself. */
  readonly nodeArgs?: readonly string[];
  /** Nothing of our own environment but PATH goes along. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly folder?: string;
  /** How long it may take to say that it is ready; a minute. */
  readonly readyMs?: number;
}

/** A child process that prints one line of JSON when it is ready: what it says is told to whoever started it. */
export class NodeProcess {
  private constructor(
    private readonly child: ChildProcess,
    /** The line with which the process said that it is ready. */
    readonly ready: Readonly<Record<string, unknown>>,
  ) {}

  /**
   * @param isReady picks the line among all that the process prints
   * @throws Error with what the process said, if it ended or was silent instead
   */
  static async start(
    script: string,
    { args = [], nodeArgs = [], environment = {}, folder, readyMs = 60_000 }: NodeProcessOptions = {},
    isReady: (line: Readonly<Record<string, unknown>>) => boolean = () => true,
  ): Promise<NodeProcess> {
    const env = { PATH: process.env.PATH ?? '', ...environment };
    const child = spawn(process.execPath, [...nodeArgs, script, ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(folder !== undefined && { cwd: folder }),
    });
    let said = '';
    const { promise, resolve, reject } = Promise.withResolvers<Readonly<Record<string, unknown>>>();
    const timer = setTimeout(() => reject(new Error(`${script} isn't ready after ${readyMs} ms: ${said}`)), readyMs);
    let unread = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-10_000);
      const lines = (unread + text).split('\n');
      unread = lines.pop() ?? '';
      const found = lines.map(recordIn).find((line) => line !== undefined && isReady(line));
      if (found !== undefined) resolve(found);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-10_000);
    });
    child.once('error', reject);
    child.once('close', (code, signal) => reject(new Error(`${script} ended with ${code ?? signal}: ${said}`)));
    try {
      return new NodeProcess(child, await promise);
    } catch (cause) {
      child.kill('SIGKILL');
      throw cause;
    } finally {
      clearTimeout(timer);
    }
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Seconds of processor time so far, all threads. */
  processorSeconds(): number {
    return processorSeconds([this.pid]);
  }

  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    return this.#end(signal);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const closed = once(this.child, 'close');
    this.child.kill(signal);
    await closed;
  }
}

const recordIn = (line: string): Readonly<Record<string, unknown>> | undefined => {
  if (!line.startsWith('{')) return undefined;
  const parsed: unknown = JSON.parse(line);
  return typeof parsed === 'object' && parsed !== null ? { ...parsed } : undefined;
};

/** A text in the line that a process said when it was ready. @throws Error */
export const readyText = ({ ready }: NodeProcess, name: string): string => {
  const value = ready[name];
  if (typeof value === 'string') return value;
  throw new Error(`the process told no ${name}: ${JSON.stringify(ready)}`);
};
