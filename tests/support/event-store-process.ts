import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { compiledOnce } from './server-process.js';
import { tempFolder } from './temp-store.js';
import { until } from './until.js';

const script = fileURLToPath(new URL('../../src/main/cli.js', import.meta.url));

/** `boxoffice event-store` as a process of its own, on a folder of its own. */
export class EventStoreProcess {
  #child: ChildProcess | undefined;
  #port = 0;

  private constructor(readonly folder: string) {}

  static async start(): Promise<EventStoreProcess> {
    const store = new EventStoreProcess(await tempFolder());
    await store.restart().catch(async (cause: unknown) => {
      await store.dispose();
      throw cause;
    });
    return store;
  }

  get url(): string {
    return `esdb://127.0.0.1:${this.#port}?tls=false`;
  }

  get port(): number {
    return this.#port;
  }

  /** Under the same address. @throws Error with what it said, if it isn't ready in time */
  async restart(): Promise<void> {
    const args = [script, 'event-store', '--port', String(this.#port), '--folder', this.folder];
    const { PATH = '' } = process.env;
    const child = spawn(process.execPath, args, { env: { PATH, ...compiledOnce }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    }
    const ready = /"port":(\d+).*"msg":"ready"/;
    await until('the event store is ready', () => ready.test(said) || child.exitCode !== null, 60_000);
    const port = ready.exec(said)?.[1];
    if (port === undefined) throw new Error(`the event store isn't ready: ${said}`);
    this.#port = Number(port);
  }

  /** Stops it in its tracks, connections stay open. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  /** Ends it and removes its folder. */
  async dispose(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    child.kill(signal);
    await closed;
  }
}
