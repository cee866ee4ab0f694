import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';

/** Choices from a seed: a run of the attack is repeated as far as the machine's own timing lets it be. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** From `least` up to and with `most`. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  of<T>(values: readonly [T, ...T[]] | readonly T[]): T {
    const value = values[this.whole(0, values.length - 1)];
    if (value === undefined) throw new Error('nothing to choose from');
    return value;
  }

  /** No wait at all, a turn of the event loop, or up to some milliseconds. */
  async delay(mostMs: number): Promise<void> {
    const kind = this.next();
    if (kind < 0.4) return;
    if (kind < 0.8) await nextTurn();
    else await wait(this.next() * mostMs);
  }
}
