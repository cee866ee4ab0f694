import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { compiledOnce } from './server-process.js';

const script = fileURLToPath(new URL('./relaying-child.js', import.meta.url));

/** Relays as processes of their own that stand for the same election. */
export class Relays {
  readonly #running = new Set<ChildProcess>();
  readonly #frozen = new Set<ChildProcess>();
  /** Who was elected last. */
  #elected: ChildProcess | undefined;
  said = '';

  /** @param args of each */
  constructor(private readonly args: readonly string[]) {}

  get elected(): number | undefined {
    return this.#elected?.pid;
  }

  start(): void {
    const { PATH = '' } = process.env;
    const child = spawn(process.execPath, [script, ...this.args], {
      env: { PATH, ...compiledOnce },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#running.add(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.said += text;
        if (text.includes('elected')) this.#elected = child;
      });
    }
  }

  /** kill -9 of the elected one, or else of another. */
  async kill(whom: 'elected' | 'another'): Promise<void> {
    const others = [...this.#running].filter((one) => one !== this.#elected);
    const child = whom === 'elected' ? (this.#elected ?? others[0]) : (others[0] ?? this.#elected);
    if (child === undefined) throw new Error('there is no relay');
    this.#running.delete(child);
    if (child === this.#elected) this.#elected = undefined;
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
  }

  /** Stops the elected one in its tracks. */
  freeze(): void {
    const child = this.#elected;
    if (child === undefined) throw new Error('no relay is elected');
    child.kill('SIGSTOP');
    this.#frozen.add(child);
  }

  thaw(): void {
    for (const child of this.#frozen) child.kill('SIGCONT');
    this.#frozen.clear();
  }

  async killAll(): Promise<void> {
    while (this.#running.size > 0) await this.kill('another');
  }
}
