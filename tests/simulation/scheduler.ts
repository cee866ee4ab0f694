import type { Chance } from './chance.js';
import type { Trace } from './trace.js';

/** Something that can end: what it has begun then never comes back to it. */
export interface Life {
  readonly isOver: boolean;
}

interface Task {
  /** Milliseconds since the run's begin. */
  readonly at: number;
  readonly what: string;
  readonly run: () => void;
  readonly life: Life | undefined;
}

/** All promises that can go on have gone on when the next turn of the event loop comes. */
const drained = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Virtual time, and one thing after the other: of all that may happen now, chance picks one, and everyone whom it lets
 * go on runs until they wait again. Where nothing may happen now, time moves to the next thing.
 */
export class Scheduler {
  /** Milliseconds since the run's begin. */
  now = 0;
  steps = 0;
  #ready: Task[] = [];
  /** The earliest is the last. */
  readonly #later: Task[] = [];

  constructor(
    private readonly chance: Chance,
    private readonly trace: Trace,
  ) {}

  /** @param life whose end takes the task with it */
  after(ms: number, what: string, run: () => void, life?: Life): void {
    const task = { at: this.now + Math.max(0, Math.round(ms)), what, run, life };
    if (task.at <= this.now) this.#ready.push(task);
    else this.#put(task);
  }

  /** Waits for virtual time to pass. */
  pause(ms: number, what: string, life?: Life): Promise<void> {
    return new Promise((resolve) => this.after(ms, what, resolve, life));
  }

  /** Lets time pass in which no one does anything. */
  skip(ms: number): void {
    this.now += ms;
    this.trace.say(`${this.now} time moved on by ${ms} ms`);
  }

  /**
   * Lets things happen until the condition holds.
   * @throws Error when nothing is left to happen, or after too many steps
   */
  async until(condition: () => boolean, stepsLimit: number): Promise<void> {
    for (const end = this.steps + stepsLimit; ; ) {
      await drained();
      if (condition()) return;
      if (this.steps >= end) throw new Error(`${stepsLimit} steps were not enough`);
      const task = this.#next();
      if (task === undefined) throw new Error('nothing is left to happen');
      this.steps++;
      this.trace.say(`${this.now} ${task.what}`);
      task.run();
    }
  }

  #next(): Task | undefined {
    for (;;) {
      for (let first = this.#later.at(-1); first !== undefined && first.at <= this.now; first = this.#later.at(-1)) {
        this.#ready.push(first);
        this.#later.pop();
      }
      if (this.#ready.length === 0) {
        const first = this.#later.at(-1);
        if (first === undefined) return undefined;
        this.now = first.at;
        continue;
      }
      const index = this.chance.between(0, this.#ready.length - 1);
      const task = this.#ready[index];
      const last = this.#ready.pop();
      if (last !== undefined && index < this.#ready.length) this.#ready[index] = last;
      if (task !== undefined && task.life?.isOver !== true) return task;
    }
  }

  /** They are few: a walk along them is cheaper than a heap. */
  #put(task: Task): void {
    let index = this.#later.length;
    while (index > 0 && (this.#later[index - 1]?.at ?? 0) < task.at) index--;
    this.#later.splice(index, 0, task);
  }
}
