import { setTimeout as wait } from 'node:timers/promises';
import type { AllPage, EventFilter, EventStore, Position } from '../../../application/ports/event-store.js';
import type { Connection } from './connection.js';
import { subscribeRequest } from './event-messages.js';
import { NoAnswer } from './failures.js';
import { Inbox } from './inbox.js';

export interface SubscriptionOptions {
  /** Of each call, and of the patience with a subscription that doesn't give what a read finds. */
  readonly deadlineMs: number;
  readonly onDisturbed: ((reason: unknown) => void) | undefined;
}

/** A subscription that has been silent for so long is checked by a read. */
const silenceMs = 250;
const firstWaitMs = 50;
const longestWaitMs = 2_000;

const doubled = (ms: number): number => Math.min(2 * ms, longestWaitMs);
const jittered = (ms: number): number => ms * (0.5 + Math.random() / 2);

/** Catch-up subscriptions that begin anew behind what they gave, however they end. */
export class Subscriptions {
  constructor(
    private readonly connection: Connection,
    private readonly store: Pick<EventStore, 'readAll'>,
    private readonly options: SubscriptionOptions,
  ) {}

  async *subscribe(after: Position, filter: EventFilter, signal: AbortSignal): AsyncGenerator<AllPage, void, void> {
    let position = after;
    for (let waitMs = firstWaitMs; !signal.aborted; waitMs = doubled(waitMs)) {
      try {
        for await (const page of this.#pages(position, filter, signal)) {
          position = page.next;
          waitMs = firstWaitMs;
          yield page;
        }
      } catch (error) {
        if (signal.aborted) return;
        this.options.onDisturbed?.(error);
        await wait(jittered(waitMs), undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** One subscription until it ends, fails or falls silent where it should not. */
  async *#pages(after: Position, filter: EventFilter, signal: AbortSignal): AsyncGenerator<AllPage, void, void> {
    if (signal.aborted) return;
    const inbox = new Inbox(after);
    const request = subscribeRequest(after, filter);
    const { call, failed } = await this.connection.read(request, this.options.deadlineMs, () => inbox.room());
    const cancel = (): void => call.cancel();
    signal.addEventListener('abort', cancel);
    try {
      if (signal.aborted) return;
      void inbox.fill(call);
      let position = after;
      let missingSince: number | undefined;
      while (!signal.aborted) {
        const arrived = await inbox.take(silenceMs);
        if (signal.aborted) return;
        if (arrived !== undefined && arrived.next > position) {
          position = arrived.next;
          missingSince = undefined;
          yield { events: arrived.events, next: position, isHead: arrived.isLive };
        } else {
          const page = await this.store.readAll(position, { filter, limit: 1 });
          if (page.events.length > 0) missingSince = this.#checkPatience(missingSince);
          else if (page.next > position) {
            // Nothing for this reader up to there, which the server tells only now and then.
            position = page.next;
            yield page;
          }
        }
      }
    } catch (error) {
      if (!signal.aborted) await failed(error);
      throw error;
    } finally {
      signal.removeEventListener('abort', cancel);
      cancel();
    }
  }

  /** A read finds what the subscription doesn't give: it may be on its way, or the connection is dead. */
  #checkPatience(since: number = performance.now()): number {
    if (performance.now() - since > this.options.deadlineMs) throw new NoAnswer('the subscription has fallen silent');
    return since;
  }
}
