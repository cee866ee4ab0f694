/** Something that ends at a moment; it knows its place in the heap, or -1 outside it. */
export interface Expiring {
  expiresAt: number;
  heapIndex: number;
}

/** Binary heap, soonest first: any entry can be taken out or moved in logarithmic time. */
export class ExpiryHeap<T extends Expiring> {
  readonly #entries: T[] = [];

  /** The entries so that adding them in this order to an empty heap makes the same heap. */
  get entries(): readonly T[] {
    return this.#entries;
  }

  get soonest(): T | undefined {
    return this.#entries[0];
  }

  add(entry: T): void {
    entry.heapIndex = this.#entries.length;
    this.#entries.push(entry);
    this.#up(entry);
  }

  remove(entry: T): void {
    const { heapIndex } = entry;
    if (heapIndex < 0) return;
    entry.heapIndex = -1;
    const last = this.#entries.pop();
    if (last === undefined || last === entry) return;
    this.#put(last, heapIndex);
    this.#up(last);
    this.#down(last);
  }

  move(entry: T, expiresAt: number): void {
    entry.expiresAt = expiresAt;
    if (entry.heapIndex < 0) return;
    this.#up(entry);
    this.#down(entry);
  }

  /** Those that have ended at `now`, in no order; looks at no more than those and their children. */
  due(now: number): readonly T[] {
    const found: T[] = [];
    const waiting = [0];
    for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
      const entry = this.#entries[index];
      if (entry === undefined || entry.expiresAt > now) continue;
      found.push(entry);
      waiting.push(2 * index + 1, 2 * index + 2);
    }
    return found;
  }

  #put(entry: T, index: number): void {
    this.#entries[index] = entry;
    entry.heapIndex = index;
  }

  #up(entry: T): void {
    for (;;) {
      const index = entry.heapIndex;
      const above = this.#entries[(index - 1) >> 1];
      if (index === 0 || above === undefined || above.expiresAt <= entry.expiresAt) return;
      this.#put(entry, above.heapIndex);
      this.#put(above, index);
    }
  }

  #down(entry: T): void {
    for (;;) {
      const index = entry.heapIndex;
      const left = this.#entries[2 * index + 1];
      const right = this.#entries[2 * index + 2];
      const sooner = right !== undefined && left !== undefined && right.expiresAt < left.expiresAt ? right : left;
      if (sooner === undefined || sooner.expiresAt >= entry.expiresAt) return;
      this.#put(entry, sooner.heapIndex);
      this.#put(sooner, index);
    }
  }
}
