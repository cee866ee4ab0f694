export interface AdmissionOptions {
  /** Requests in flight at a time; 1,000. */
  readonly maxInFlight: number;
  /** Requests in flight at which even sheddable ones are let in, however slow the process is; 256. */
  readonly minLimit: number;
  /** Event-loop delay beyond which sheddable requests are kept out; 20. */
  readonly eventLoopDelayMs: number;
}

const defaults: AdmissionOptions = { maxInFlight: 1_000, minLimit: 256, eventLoopDelayMs: 20 };

const probeMs = 20;
const down = 0.8;
const up = 1.2;

/**
 * Says how many requests may be in flight. Those that begin something are shed first: their limit is lowered while the
 * event loop is late and raised while it isn't, so that what was begun is finished in good time. A fixed limit can't do
 * that: the same number is a short queue of cheap requests and a long one of dear ones.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  #limit: number;
  #inFlight = 0;
  #isProbing = false;

  constructor(options: Partial<AdmissionOptions> = {}) {
    this.#options = { ...defaults, ...options };
    this.#limit = this.#options.maxInFlight;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Requests in flight at which sheddable ones are refused. */
  get limit(): number {
    return this.#limit;
  }

  /** Counts a request in; every one that was counted in must be counted out. @returns whether it may be worked on */
  enter(isSheddable: boolean): boolean {
    this.#inFlight++;
    this.#probe();
    return this.#inFlight <= (isSheddable ? this.#limit : this.#options.maxInFlight);
  }

  leave(): void {
    this.#inFlight--;
    if (this.#inFlight === 0) this.#limit = this.#options.maxInFlight;
  }

  /** Moves the limit by how late the event loop was. */
  observe(delayMs: number): void {
    const { maxInFlight, minLimit, eventLoopDelayMs } = this.#options;
    const isLate = delayMs > eventLoopDelayMs;
    const wanted = isLate ? Math.min(this.#limit, this.#inFlight) * down : this.#limit * up;
    this.#limit = Math.floor(Math.min(maxInFlight, Math.max(minLimit, wanted)));
  }

  /** Looks at the clock now and once more a little later, as long as there are requests. */
  #probe(): void {
    if (this.#isProbing) return;
    this.#isProbing = true;
    const begunAt = performance.now();
    setTimeout(() => {
      this.#isProbing = false;
      this.observe(performance.now() - begunAt - probeMs);
      if (this.#inFlight > 0) this.#probe();
    }, probeMs).unref();
  }
}
