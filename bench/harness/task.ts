import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { processorSeconds } from './processor-time.js';

/** A module that does jobs in a process of its own, one after the other: told by messages, and answering by them. */
export class Task<Job extends object, Result> {
  readonly #child: ChildProcess;
  readonly #name: string;
  #waiting: PromiseWithResolvers<Result> | undefined;

  constructor(module: URL) {
    this.#name = module.pathname;
    this.#child = fork(module, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], serialization: 'json' });
    this.#child.on('message', (result) => this.#waiting?.resolve(result as Result));
    this.#child.once('error', (cause) => this.#waiting?.reject(cause));
    this.#child.once('exit', (code, signal) => {
      this.#waiting?.reject(new Error(`${this.#name} ended with ${code ?? signal}`));
    });
  }

  /** One at a time. */
  do(job: Job): Promise<Result> {
    this.#waiting = Promise.withResolvers<Result>();
    if (this.#child.connected) this.#child.send(job);
    else this.#waiting.reject(new Error(`${this.#name} has ended`));
    return this.#waiting.promise;
  }

  /** Seconds of processor time so far, all threads. */
  processorSeconds(): number {
    return processorSeconds([this.#child.pid ?? 0]);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    if (this.#child.connected) this.#child.disconnect();
    await ended;
  }
}

/** One job in a process that is gone afterwards. */
export const runTask = async <Job extends object, Result>(module: URL, job: Job): Promise<Result> => {
  const task = new Task<Job, Result>(module);
  try {
    return await task.do(job);
  } finally {
    await task.stop();
  }
};

/** The other side of a task: does each job that comes, sends what came of it, and ends when it is let go. */
export const onJob = <Job, Result extends object>(work: (job: Job) => Promise<Result>): void => {
  process.on('message', (job) => {
    work(job as Job).then(
      (result) => process.send?.(result),
      (cause: unknown) => {
        process.stderr.write(`${cause instanceof Error ? cause.stack : String(cause)}\n`);
        process.exit(1);
      },
    );
  });
  process.once('disconnect', () => process.exit());
};
