import type { Clock } from '../ports/clock.js';
import type { EventStore, Position, RecordedEvent } from '../ports/event-store.js';
import { type Backoff, backoffMs } from './backoff.js';

/** Where the relay publishes to. One publisher of a name is in force at a time: the last that began. */
export interface Publisher {
  /**
   * Takes over from whoever published before under this name: nothing of theirs gets through any more.
   * @returns up to where all has been published
   */
  begin(): Promise<Position>;
  /**
   * Publishes events and where they end, all or nothing, and answers once that is kept.
   * @throws what kept it from being done, such as another who has begun under this name
   */
  publish(events: readonly RecordedEvent[]): Promise<void>;
  close(): Promise<void>;
}

export interface RelayOptions {
  readonly store: Pick<EventStore, 'subscribe'>;
  readonly publisher: Publisher;
  /** Whether an event is this relay's to publish. */
  readonly isOwn: (event: RecordedEvent) => boolean;
  readonly clock: Clock;
  readonly wait?: Backoff;
  readonly onFailure: (cause: unknown, attempt: number) => void;
}

const defaultWait: Backoff = { firstMs: 100, longestMs: 10_000 };

/**
 * Publishes the store's events in their order until it is told to stop. What fails is begun again from what was published
 * last: nothing is left out, and nothing is kept in memory meanwhile. That another has taken over is such a failure too:
 * only who elects the relay knows whether this one has to stop, and until then none may stand still.
 */
export const runRelay = async (options: RelayOptions, signal: AbortSignal): Promise<void> => {
  const { store, publisher, isOwn, clock, wait = defaultWait, onFailure } = options;
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      const after = await publisher.begin();
      for await (const { events } of store.subscribe(after, { signal })) {
        const own = events.filter(isOwn);
        if (own.length > 0) await publisher.publish(own);
        attempt = 0;
      }
    } catch (cause) {
      if (!signal.aborted) onFailure(cause, attempt + 1);
    }
    await clock.sleep(backoffMs(wait, attempt, clock.random()), signal);
  }
};
