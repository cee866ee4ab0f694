import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Everything that a run leaves to chance comes from here: the same seed gives the same run. */
export class Chance {
  readonly #generator;

  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed);
  }

  /** A whole number, both ends included. */
  between(from: number, to: number): number {
    return uniformInt(this.#generator, from, to);
  }

  /** From 0 up to 1. */
  fraction(): number {
    return uniformFloat64(this.#generator);
  }

  happens(probability: number): boolean {
    return probability > 0 && this.fraction() < probability;
  }

  one<T>(list: readonly T[]): T {
    const index = this.between(0, list.length - 1);
    if (index >= list.length) throw new RangeError('there is nothing to choose from');
    return list[index] as T;
  }

  bytes(size: number): Uint8Array {
    return Uint8Array.from({ length: size }, () => this.between(0, 255));
  }
}
