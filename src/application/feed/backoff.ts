/** Waits that double up to a limit, each cut by chance so that many who wait don't come back together. */
export interface Backoff {
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * @param attempt from 0 up
 * @param chance from 0 up to 1
 * @returns milliseconds, between half of the full wait and all of it
 */
export const backoffMs = ({ firstMs, longestMs }: Backoff, attempt: number, chance: number): number =>
  Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 30)) * (0.5 + chance / 2);
