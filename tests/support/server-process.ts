import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient } from '../../src/infrastructure/http/client/api-client.js';
import { read, root } from './checkout.js';
import { settingsFor } from './platform.js';
import { Shop } from './shop.js';
import { until } from './until.js';

/** What `npm start` gives to Node. */
const startArguments = (): readonly string[] => {
  const { scripts }: { readonly scripts: { readonly start: string } } = JSON.parse(read('package.json'));
  const [, , ...own] = scripts.start.split(' ');
  return own.map((argument) => (argument.endsWith('.js') ? join(root, argument) : argument));
};

/** Environment of processes that are started again and again: what one has compiled the next need not. */
export const compiledOnce = { NODE_COMPILE_CACHE: join(tmpdir(), 'boxoffice-compiled') };

interface Ready {
  readonly msg: string;
  readonly url: string;
  readonly operatorUrl: string;
  readonly bankPort?: number;
}

export interface ServeOptions {
  readonly roles?: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** Instead of the command line's own. */
  readonly program?: string;
}

/** `boxoffice serve` as a process of its own. */
export class ServerProcess {
  readonly api: ApiClient;
  readonly operator: ApiClient;
  readonly shop: Shop;

  private constructor(
    private readonly child: ChildProcess,
    private readonly said: { text: string },
    readonly ready: Ready,
  ) {
    this.api = new ApiClient(ready.url);
    this.operator = new ApiClient(ready.operatorUrl);
    this.shop = new Shop(this.api);
  }

  /** @throws Error with all that the process said, if it ended before it was ready */
  static async start(folder: string, { roles, settings = {}, program }: ServeOptions = {}): Promise<ServerProcess> {
    const start = program === undefined ? startArguments() : [program];
    const args = [...start, ...(roles === undefined ? [] : ['--roles', roles])];
    const { PATH = '' } = process.env;
    const env = { PATH, ...settingsFor(folder, { BOXOFFICE_LOG_LEVEL: 'info', ...settings }) };
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { text: '' };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said.text += text;
      });
    }
    const closed = once(child, 'close');
    const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
    const isUp = (): boolean => isOver() || readyIn(said.text) !== undefined;
    await until('the process is ready', isUp, 60_000).catch((cause: unknown) => {
      child.kill('SIGKILL');
      throw cause;
    });
    const ready = readyIn(said.text);
    if (ready !== undefined) return new ServerProcess(child, said, ready);
    await closed;
    throw new Error(`exit code ${child.exitCode}: ${said.text}`);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** All of stdout and stderr so far. */
  get output(): string {
    return this.said.text;
  }

  /** Settles when the process is over, whoever ended it. */
  get ended(): Promise<unknown> {
    const isOver = this.child.exitCode !== null || this.child.signalCode !== null;
    return isOver ? Promise.resolve() : once(this.child, 'close');
  }

  /** Stands still, and keeps its connections, until `resume`. */
  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  resume(): void {
    this.child.kill('SIGCONT');
  }

  /** kill -9: nothing is finished, nothing is said. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /** SIGTERM: what is under way is finished. Tells the exit code. */
  async stop(): Promise<number | null> {
    await this.#end('SIGTERM');
    return this.child.exitCode;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const closed = once(this.child, 'close');
    this.child.kill(signal);
    await closed;
  }
}

const readyIn = (output: string): Ready | undefined => {
  for (const line of output.split('\n').slice(0, -1)) {
    if (!line.startsWith('{')) continue;
    const told: Ready = JSON.parse(line);
    if (told.msg === 'ready') return told;
  }
  return undefined;
};
