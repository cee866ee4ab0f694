import { join } from 'node:path';
import type { AnswerStore, Begun, KeptAnswer } from '../../../application/ports/answers.js';
import type { Clock } from '../../../application/ports/clock.js';
import { AnswerQueue } from './answer-queue.js';
import type { OperationResult } from './messages.js';

export interface EmbeddedAnswersOptions {
  /** How long an answer is kept at least. */
  readonly keptMs?: number;
  /** Answers deleted in one step. */
  readonly sweepBatch?: number;
  readonly sweepEveryMs?: number;
  /** Is told when a damaged file was thrown away, or old answers could not be deleted. */
  readonly onTrouble?: (what: string, error: unknown) => void;
}

const hoursMs = 3_600_000;

/**
 * Answers in `<folder>/answers.db`, read and written by a thread of its own in groups. Which keys are running is known to
 * this process only.
 */
export class EmbeddedAnswerStore implements AnswerStore {
  /** Request by key. */
  readonly #running = new Map<string, string>();
  readonly #timer: NodeJS.Timeout;

  private constructor(
    private readonly queue: AnswerQueue,
    private readonly clock: Clock,
    private readonly options: Required<EmbeddedAnswersOptions>,
  ) {
    this.#timer = setInterval(() => this.sweep(), options.sweepEveryMs).unref();
  }

  static async open(
    folder: string,
    clock: Clock,
    {
      keptMs = 48 * hoursMs,
      sweepBatch = 500,
      sweepEveryMs = 60_000,
      onTrouble = () => {},
    }: EmbeddedAnswersOptions = {},
  ): Promise<EmbeddedAnswerStore> {
    const queue = await AnswerQueue.start(join(folder, 'answers.db'), (error) =>
      onTrouble('answers.db was damaged and begins anew', error),
    );
    return new EmbeddedAnswerStore(queue, clock, { keptMs, sweepBatch, sweepEveryMs, onTrouble });
  }

  async begin(key: string, request: string): Promise<Begun> {
    return this.#runs(key, request) ?? this.#find(key, request);
  }

  finish(key: string, request: string, answer: KeptAnswer): Promise<void> {
    return new Promise((resolve, reject) => {
      const keep = { kind: 'keep', key, request, answer: JSON.stringify(answer), keptAt: this.clock.now() } as const;
      this.queue.ask(
        keep,
        () => {
          this.#running.delete(key);
          resolve();
        },
        (error) => {
          this.#running.delete(key);
          reject(error);
        },
      );
    });
  }

  async abandon(key: string): Promise<void> {
    this.#running.delete(key);
  }

  /** Deletes answers that are older than they need to be kept, in steps that let others work in between. */
  sweep(): void {
    const { keptMs, sweepBatch, onTrouble } = this.options;
    this.queue.ask(
      { kind: 'sweep', before: this.clock.now() - keptMs, limit: sweepBatch },
      (deleted) => {
        if (deleted === sweepBatch) this.sweep();
      },
      (error) => onTrouble('old answers could not be deleted', error),
    );
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.queue.close();
  }

  #runs(key: string, request: string): Begun | undefined {
    const running = this.#running.get(key);
    return running === undefined ? undefined : { kind: running === request ? 'running' : 'other-request' };
  }

  #find(key: string, request: string): Promise<Begun> {
    return new Promise((resolve, reject) => {
      this.queue.ask({ kind: 'find', key }, (row) => resolve(this.#begun(key, request, row)), reject);
    });
  }

  /** Is told right when the row is there, before an answer that was kept behind the look-up ends its request. */
  #begun(key: string, request: string, row: OperationResult): Begun {
    const runs = this.#runs(key, request);
    if (runs !== undefined) return runs;
    if (row === undefined || typeof row === 'number') {
      this.#running.set(key, request);
      return { kind: 'new' };
    }
    if (row.request !== request) return { kind: 'other-request' };
    return { kind: 'done', answer: JSON.parse(row.answer) };
  }
}
