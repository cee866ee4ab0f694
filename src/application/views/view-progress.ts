import type { View } from '../../projections/projection.js';
import type { Clock } from '../ports/clock.js';
import { beginning, type Position } from '../ports/event-store.js';
import type { ViewStore } from '../ports/views.js';

/** A write that a reader wants to see: its stream's partition and its position. */
export interface PartitionPosition {
  readonly partition: number;
  readonly position: Position;
}

/** Readers that wait at a time, in all. */
const mostWaiting = 256;

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Between two looks for another process's projector; those who wait for a view share a look. */
const pollMs = 20;

/** Tells readers when a view has come far enough for what they wrote. */
export class ViewProgress {
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #looks = new Map<string, Promise<readonly Position[]>>();
  #readers = 0;

  constructor(
    private readonly views: Pick<ViewStore, 'live'>,
    private readonly clock: Clock,
  ) {}

  /** Wakes those who wait for this view in this process. */
  moved(view: Pick<View, 'name'>): void {
    for (const wake of this.#waiting.get(view.name) ?? []) wake();
  }

  /**
   * Waits until the generation that readers are given has applied all of the marks, at most `timeoutMs`; another process's
   * projector is seen by asking again and again. Past the number that may wait it looks once.
   * @returns whether it has
   */
  async waitFor(view: View, marks: readonly PartitionPosition[], { timeoutMs, signal }: WaitOptions): Promise<boolean> {
    if (this.#readers >= mostWaiting) return isReached(await this.#look(view), marks);
    this.#readers++;
    try {
      return await this.#wait(view, marks, { timeoutMs, ...(signal && { signal }) });
    } finally {
      this.#readers--;
    }
  }

  async #wait(view: View, marks: readonly PartitionPosition[], { timeoutMs, signal }: WaitOptions): Promise<boolean> {
    const giveUpAt = this.clock.now() + timeoutMs;
    for (;;) {
      const next = this.#nextMove(view.name, signal);
      try {
        if (isReached(await this.#sharedLook(view), marks)) return true;
        const leftMs = giveUpAt - this.clock.now();
        if (leftMs <= 0 || signal?.aborted) return false;
        await Promise.race([next.moved, this.clock.sleep(Math.min(pollMs, leftMs), next.signal)]);
      } finally {
        next.stop();
      }
    }
  }

  /** One that has begun already may be too old to see the write: then the next one does. */
  #sharedLook(view: View): Promise<readonly Position[]> {
    const known = this.#looks.get(view.name);
    if (known !== undefined) return known;
    const look = this.#look(view).finally(() => this.#looks.delete(view.name));
    this.#looks.set(view.name, look);
    return look;
  }

  async #look(view: View): Promise<readonly Position[]> {
    return (await this.views.live(view))?.checkpoints ?? [];
  }

  #nextMove(name: string, signal?: AbortSignal): { moved: Promise<void>; signal: AbortSignal; stop: () => void } {
    const { promise, resolve } = Promise.withResolvers<void>();
    const ended = new AbortController();
    const waiting = this.#waiting.get(name) ?? new Set();
    this.#waiting.set(name, waiting.add(resolve));
    return {
      moved: promise,
      signal: signal === undefined ? ended.signal : AbortSignal.any([ended.signal, signal]),
      stop: () => {
        ended.abort();
        waiting.delete(resolve);
      },
    };
  }
}

const isReached = (checkpoints: readonly Position[], marks: readonly PartitionPosition[]): boolean =>
  marks.every(({ partition, position }) => (checkpoints[partition] ?? beginning) >= position);
