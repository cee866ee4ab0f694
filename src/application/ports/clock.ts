/** Time and waiting. */
export interface Clock {
  /** Milliseconds since the epoch, UTC. */
  now(): number;
  /** Ends early, without an error, when the signal is given. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
