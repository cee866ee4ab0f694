import { LRUCache } from 'lru-cache';
import { type Backoff, backoffMs } from '../feed/backoff.js';
import type { Clock } from '../ports/clock.js';
import type { ViewStore } from '../ports/views.js';
import { dueTimesOf, type TimedProcess } from './due-times.js';
import type { ProcessRunner } from './process-runner.js';

/** A runner of whatever kind of process. */
export interface AnyRunner extends Pick<ProcessRunner<unknown, unknown>, 'advance'> {
  readonly process: TimedProcess;
}

export interface DueProcessesOptions {
  readonly views: Pick<ViewStore, 'find'>;
  readonly runners: readonly AnyRunner[];
  readonly clock: Clock;
  /** Between two looks; 250 ms unless told otherwise. */
  readonly pollMs?: number;
  /** Processes of a kind that are taken up at once; 16 unless told otherwise. */
  readonly atOnce?: number;
  readonly onFault: (what: string, cause: unknown) => void;
}

const pageSize = 200;
const betweenTries: Backoff = { firstMs: 1_000, longestMs: 60_000 };

/** Goes on with processes whose time has come. Any number of instances may do so: the streams decide. */
export class DueProcesses {
  /** Those that didn't move when they were due, and when they are looked at again. */
  readonly #stuck = new LRUCache<string, { readonly tries: number; readonly at: number }>({ max: 10_000 });

  constructor(private readonly options: DueProcessesOptions) {}

  /** @param slackMs the first look also takes what is due only then: what a process that has ended was working on */
  async run(signal: AbortSignal, slackMs = 0): Promise<void> {
    const { runners } = this.options;
    await Promise.all(runners.map((runner) => this.#run(runner, signal, slackMs)));
  }

  /** Goes on with all that is due now. */
  async look(): Promise<void> {
    for (const runner of this.options.runners) await this.#look(runner, 0);
  }

  async #run(runner: AnyRunner, signal: AbortSignal, slackMs: number): Promise<void> {
    const { clock, pollMs = 250, onFault } = this.options;
    for (let failures = 0, slack = slackMs; !signal.aborted; ) {
      try {
        await this.#look(runner, slack);
        slack = 0;
        failures = 0;
      } catch (cause) {
        onFault(`due processes of ${runner.process.name}`, cause);
        failures++;
      }
      const ms = failures === 0 ? pollMs : backoffMs(betweenTries, failures - 1, clock.random());
      await clock.sleep(ms, signal);
    }
  }

  async #look(runner: AnyRunner, slackMs: number): Promise<void> {
    const { views, clock, atOnce = 16 } = this.options;
    const where = { dueAt: { $gt: 0, $lte: clock.now() + slackMs } };
    // Those that wait must not fill the page.
    const limit = pageSize + this.#stuck.size;
    const due = await views.find(dueTimesOf(runner.process), 'due', { where, sort: ['dueAt'], limit });
    const ids = due.map(({ _id }) => _id).filter((id) => !this.#waits(runner, id));
    const worker = async (): Promise<void> => {
      for (let id = ids.shift(); id !== undefined; id = ids.shift()) await this.#advance(runner, id);
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  }

  #waits({ process }: AnyRunner, id: string): boolean {
    const stuck = this.#stuck.get(`${process.name}/${id}`);
    return stuck !== undefined && stuck.at > this.options.clock.now();
  }

  async #advance(runner: AnyRunner, id: string): Promise<void> {
    const { clock, onFault } = this.options;
    const { name } = runner.process;
    const hasMoved = await runner.advance(id).catch((cause: unknown) => {
      onFault(`${name} ${id}`, cause);
      return false;
    });
    const key = `${name}/${id}`;
    const tries = (this.#stuck.get(key)?.tries ?? 0) + 1;
    if (hasMoved) this.#stuck.delete(key);
    else this.#stuck.set(key, { tries, at: clock.now() + backoffMs(betweenTries, tries - 1, clock.random()) });
  }
}
