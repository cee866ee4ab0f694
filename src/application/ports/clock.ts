/** Time, waiting, and the chance by which waits are cut. */
export interface Clock {
  /** Milliseconds since the epoch, UTC. */
  now(): number;
  /** Ends early, without an error, when the signal is given. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** From 0 up to 1, so that many who wait do not come back together. */
  random(): number;
}
