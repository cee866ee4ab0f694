/** Closer together than this, subscriptions aren't woken: what is appended in between is taken in one go. */
const paceMs = 2;

/** Tells those who wait at the head that there is more. */
export class AppendSignal {
  readonly #waiting = new Set<() => void>();
  #next: NodeJS.Timeout | undefined;

  appended(): void {
    if (this.#waiting.size > 0) this.#next ??= setTimeout(() => this.#wake(), paceMs).unref();
  }

  /** Ends with the next append, or with the signal. */
  more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      if (signal.aborted) return resolve();
      signal.addEventListener('abort', wake);
      this.#waiting.add(wake);
    });
  }

  #wake(): void {
    this.#next = undefined;
    for (const wake of [...this.#waiting]) wake();
  }
}
