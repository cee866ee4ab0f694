/** A stream that a command goes to, and what is in it. */
export interface Subject {
  readonly kind: 'card' | 'sale';
  readonly id: string;
  /** Events of history, odd: one that begins it, then pairs. */
  readonly length: number;
}

export const lengths = [10, 100, 1_000, 10_000, 100_000] as const;

export type Length = (typeof lengths)[number];

/** Whole pairs behind the event that begins a stream, so that it has `length` events or one fewer. */
export const pairsOf = (length: number): number => Math.floor((length - 1) / 2);

/** Cents of each settled payment of a card, and of each that a measured command reserves. */
export const settledMinor = 100;
export const reservedMinor = 1;

export const startedAt = Date.UTC(2026, 0, 1);

/** When commands are measured: behind all of the history. */
export const measuredAt = startedAt + 1_000_000_000;

export const holdSeconds = 600;

/** Median time of a command by length of its stream, in milliseconds, for a state that was in memory or wasn't. */
export interface Times {
  readonly cold: Readonly<Record<number, readonly number[]>>;
  readonly warm: Readonly<Record<number, readonly number[]>>;
}

export interface MeasuredRun {
  readonly card: Times;
  readonly sale: Times;
  /** What a command came to that isn't what it must be. */
  readonly wrong: readonly string[];
}
