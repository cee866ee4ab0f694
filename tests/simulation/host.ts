import type { Clock } from '../../src/application/ports/clock.js';
import type { Ids } from '../../src/application/ports/ids.js';
import type { Chance } from './chance.js';
import type { Life, Scheduler } from './scheduler.js';
import type { Weather } from './weather.js';

/** When virtual time begins, in milliseconds since the epoch. */
export const epoch = Date.UTC(2026, 5, 15);

/** What all who take part share. */
export interface Surroundings {
  readonly chance: Chance;
  readonly scheduler: Scheduler;
  /** The kinds of trouble change in the course of a run. */
  readonly weather: Weather;
  /** A number that no one else was given. */
  nextNumber(): number;
}

/** How long a call or message takes, in milliseconds. */
export const delayMs = ({ chance, weather }: Surroundings): number => {
  if (!chance.happens(weather.slow)) return chance.between(0, 15);
  return chance.happens(0.1) ? chance.between(5_000, 40_000) : chance.between(50, 5_000);
};

/** One process: its clock, its ids, and its calls to what lies behind the ports. What isn't durable ends with it. */
export class Host implements Life {
  isOver = false;
  readonly clock: Clock;
  readonly ids: Ids;

  /** @param skewMs how far its clock is from the others' */
  constructor(
    readonly name: string,
    readonly around: Surroundings,
    public skewMs: number,
  ) {
    const { chance, scheduler } = around;
    this.clock = {
      now: () => epoch + scheduler.now + this.skewMs,
      random: () => chance.fraction(),
      sleep: (ms, signal) => this.#sleep(ms, signal),
    };
    this.ids = { next: () => uuidOf(around.nextNumber()) };
  }

  /**
   * A call to what lies behind a port: it takes effect when it arrives, and its answer takes time too. A process that
   * ends in between never hears of it, whether it took effect or not.
   */
  call<T>(what: string, effect: () => T | Promise<T>): Promise<T> {
    const { scheduler, chance } = this.around;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    // What is on its way when the process ends may arrive all the same.
    const isOnItsOwn = chance.happens(0.5);
    const answered = (name: string, settle: () => void): void =>
      scheduler.after(delayMs(this.around), `${this.name} ${name} ${what}`, settle, this);
    const arrived = async (): Promise<void> => {
      try {
        const value = await effect();
        answered('<-', () => resolve(value));
      } catch (error) {
        answered(`<- (${error instanceof Error ? error.name : 'failed'})`, () => reject(error));
      }
    };
    scheduler.after(
      delayMs(this.around),
      `${this.name} -> ${what}`,
      () => void arrived(),
      isOnItsOwn ? undefined : this,
    );
    return promise;
  }

  /** A look at what is durable: seen and answered in one moment. */
  look<T>(what: string, effect: () => T | Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const seen = async (): Promise<void> => {
      try {
        resolve(await effect());
      } catch (error) {
        reject(error);
      }
    };
    this.around.scheduler.after(delayMs(this.around), `${this.name} looks: ${what}`, () => void seen(), this);
    return promise;
  }

  /** Sleeps longer than it is asked to, as a busy machine lets it. */
  #sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const { scheduler, chance } = this.around;
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const longer = ms + chance.fraction() * Math.min(40 * ms, ms < 5_000 ? 20_000 : 60_000);
      scheduler.after(longer, `${this.name} has slept`, resolve, this);
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}

const uuidOf = (number: number): string => `00000000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
