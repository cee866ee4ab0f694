import { StoreUnavailable } from '../../../application/ports/event-store.js';

/** Lets so many calls be under way at once; others wait for their turn, but not long and not too many. */
export class Slots {
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(
    private readonly count: number,
    private readonly waitingLimit: number,
    private readonly waitMs: number,
  ) {}

  /** @throws StoreUnavailable when there are too many before it */
  async run<T>(action: () => Promise<T>): Promise<T> {
    if (this.#taken < this.count) this.#taken += 1;
    else await this.#turn();
    try {
      return await action();
    } finally {
      const next = this.#waiting.shift();
      // The slot goes to who waits.
      if (next === undefined) this.#taken -= 1;
      else next();
    }
  }

  #turn(): Promise<void> {
    if (this.#waiting.length >= this.waitingLimit) {
      return Promise.reject(new StoreUnavailable(`${this.#waiting.length} appends wait for the event store`));
    }
    return new Promise((resolve, reject) => {
      const turn = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(turn), 1);
        reject(new StoreUnavailable(`no answer of the event store to those before in ${this.waitMs} ms`));
      }, this.waitMs);
      this.#waiting.push(turn);
    });
  }
}
