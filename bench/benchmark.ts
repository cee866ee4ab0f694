export interface BenchmarkOptions {
  /** Under 60 s; the long form is the one that documents quote. */
  readonly isShort: boolean;
  readonly seed: number;
  /** Tells whoever waits how far it is. */
  say(line: string): void;
}

export interface BenchmarkResult {
  /** Whether all sums, counts and invariants came out as they must. */
  readonly correct: boolean;
  /** Ours by the peer's, by name of the peer: above 1 is faster; null for a peer that can't be had here. */
  readonly ratio: Readonly<Record<string, number | null>>;
  readonly figures: Readonly<Record<string, unknown>>;
}

/** Lives in `bench/<name>/<name>.ts` as the export `benchmark`. */
export interface Benchmark {
  readonly name: string;
  /** @throws Error that says what stood in the way, such as a program that isn't installed */
  run(options: BenchmarkOptions): Promise<BenchmarkResult>;
}
