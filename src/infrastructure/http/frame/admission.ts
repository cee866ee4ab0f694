export interface AdmissionOptions {
  /** Requests under way at a time; 1,000. */
  readonly most: number;
  /** Requests under way at which even those that give way are let in, however slow the process is; 256. */
  readonly least: number;
  /** How late the event loop may be before those that give way are kept out, in milliseconds; 20. */
  readonly lateMs: number;
}

const defaults: AdmissionOptions = { most: 1_000, least: 256, lateMs: 20 };

const probeMs = 20;
const down = 0.8;
const up = 1.2;

/**
 * Says how many requests may be under way. Those that begin something give way first: their limit is lowered while the
 * event loop is late and raised while it isn't, so that what was begun is finished in good time. A fixed limit can't do
 * that: the same number is a short queue of cheap requests and a long one of dear ones.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  #limit: number;
  #underWay = 0;
  #isProbing = false;

  constructor(options: Partial<AdmissionOptions> = {}) {
    this.#options = { ...defaults, ...options };
    this.#limit = this.#options.most;
  }

  get underWay(): number {
    return this.#underWay;
  }

  /** Requests under way at which those that give way are refused. */
  get limit(): number {
    return this.#limit;
  }

  /** Counts a request in; every one that was counted in must be counted out. @returns whether it may be worked on */
  enter(givesWay: boolean): boolean {
    this.#underWay++;
    this.#probe();
    return this.#underWay <= (givesWay ? this.#limit : this.#options.most);
  }

  leave(): void {
    this.#underWay--;
    if (this.#underWay === 0) this.#limit = this.#options.most;
  }

  /** Takes in how late the event loop was. */
  heed(late: number): void {
    const { most, least, lateMs } = this.#options;
    const wanted = late > lateMs ? Math.min(this.#limit, this.#underWay) * down : this.#limit * up;
    this.#limit = Math.floor(Math.min(most, Math.max(least, wanted)));
  }

  /** Looks at the clock now and once more a little later, as long as there are requests. */
  #probe(): void {
    if (this.#isProbing) return;
    this.#isProbing = true;
    const begunAt = performance.now();
    setTimeout(() => {
      this.#isProbing = false;
      this.heed(performance.now() - begunAt - probeMs);
      if (this.#underWay > 0) this.#probe();
    }, probeMs).unref();
  }
}
