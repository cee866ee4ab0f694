import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AllPage, EventFilter, Position } from '../../../application/ports/event-store.js';

/** Wakes come no closer together: what is appended in between is taken in one go, by all. */
const paceMs = 2;
/** For how long a subscriber may stand before events that it didn't ask for. */
const passOverMs = 15;
const pollMs = 100;

interface Waiting {
  readonly filter: EventFilter | undefined;
  readonly wake: () => void;
}

/** A page as the store holds it now. */
export type PageAfter = (position: Position, filter: EventFilter | undefined) => AllPage;

/** The subscriptions on a store. They are woken together, so that what is done with the same events is done together. */
export class Subscriptions {
  readonly #waiting = new Set<Waiting>();
  #wokenAt = Number.NEGATIVE_INFINITY;
  #next: NodeJS.Timeout | undefined;

  /** @param expire is told before each look that the store may hold more */
  constructor(
    private readonly pageAfter: PageAfter,
    private readonly expire: () => void = () => undefined,
  ) {}

  /**
   * To be told when the store holds more; what another process appends is found by asking again and again.
   * @param types of what was appended, where they are known: who asked for none of them sleeps on
   */
  appended(types?: readonly string[]): void {
    if (this.#next !== undefined || (types !== undefined && !this.#isAwaited(types))) return;
    const leftMs = this.#wokenAt + paceMs - performance.now();
    if (leftMs <= 0) this.#wakeAll();
    else this.#next = setTimeout(() => this.#wakeAll(), leftMs).unref();
  }

  async *subscribe(
    after: Position,
    filter: EventFilter | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<AllPage, void, void> {
    const wake = (): void => this.#wakeAll();
    signal.addEventListener('abort', wake);
    try {
      for (let position = after; ; ) {
        const page = await this.#pageAfter(position, filter, signal);
        if (page === undefined) return;
        if (page.next !== position) yield page;
        position = page.next;
        if (!page.isHead) await nextTurn();
      }
    } finally {
      signal.removeEventListener('abort', wake);
    }
  }

  /** Waits for events. Those that don't match are passed over together: the next may match, and costs no more then. */
  async #pageAfter(
    position: Position,
    filter: EventFilter | undefined,
    signal: AbortSignal,
  ): Promise<AllPage | undefined> {
    for (let passOverAt = Number.POSITIVE_INFINITY; !signal.aborted; ) {
      const page = this.pageAfter(position, filter);
      const now = performance.now();
      if (page.next !== position) passOverAt = Math.min(passOverAt, now + passOverMs);
      if (page.events.length > 0 || !page.isHead || now >= passOverAt) return page;
      await this.#more(filter, Math.min(pollMs, passOverAt - now));
    }
    return undefined;
  }

  /** Waits until the store may hold more, or for so long. */
  #more(filter: EventFilter | undefined, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(waiting);
        resolve();
      };
      const waiting = { filter, wake };
      const timer = setTimeout(() => {
        this.expire();
        wake();
      }, ms);
      this.#waiting.add(waiting);
    });
  }

  #isAwaited(types: readonly string[]): boolean {
    for (const { filter } of this.#waiting) {
      if (filter?.types === undefined || filter.types.some((type) => types.includes(type))) return true;
    }
    return false;
  }

  #wakeAll(): void {
    clearTimeout(this.#next);
    this.#next = undefined;
    this.#wokenAt = performance.now();
    this.expire();
    for (const { wake } of this.#waiting) wake();
  }
}
