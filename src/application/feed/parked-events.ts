import { eventAt } from '../event-at.js';
import type { Clock } from '../ports/clock.js';
import type { EventStore } from '../ports/event-store.js';
import type { Park, ParkedEvent, ParkedKey } from '../ports/park.js';
import { type HandleEvents, isTransient, reasonOf } from './parking-reader.js';

export interface Retried {
  readonly taken: number;
  /** The event that failed again, with its new reason; those behind it wait still. */
  readonly stoppedAt?: ParkedEvent;
}

/** What an operator does with parked events, in the server's process or beside it. */
export class ParkedEvents {
  constructor(
    private readonly park: Park,
    private readonly store: Pick<EventStore, 'read'>,
    private readonly clock: Clock,
    /** How each group takes its events. */
    private readonly handlers: ReadonlyMap<string, HandleEvents>,
  ) {}

  list(group?: string): Promise<readonly ParkedEvent[]> {
    return this.park.list(group);
  }

  /**
   * Takes the parked events of a stream in order and stops at the first that fails again.
   * @throws Error when no such group is known; Unavailable and the like when something needed is away
   */
  async retry(group: string, stream: string): Promise<Retried> {
    const take = this.handlers.get(group);
    if (take === undefined) throw new Error(`no reader is called ${group}`);
    for (let taken = 0; ; taken++) {
      const parked = await this.park.first(group, stream);
      if (parked === undefined) return { taken };
      const reason = await this.#take(parked, take);
      if (reason !== undefined) {
        await this.park.failedAgain(parked, reason);
        return { taken, stoppedAt: { ...parked, reason } };
      }
      await this.park.release(parked);
    }
  }

  /**
   * Gives up one event, and retries those behind it.
   * @param because why, kept beside the event
   */
  async skip(key: ParkedKey, because: string): Promise<Retried> {
    const first = await this.park.first(key.group, key.stream);
    if (first?.revision !== key.revision) {
      throw new Error(`${key.stream}@${key.revision} is not the first parked event of its stream for ${key.group}`);
    }
    await this.park.skip(key, because, this.clock.now());
    return this.retry(key.group, key.stream);
  }

  /** @returns the reason why it can't be taken, if so */
  async #take({ stream, revision, partition }: ParkedEvent, take: HandleEvents): Promise<string | undefined> {
    const event = await eventAt(this.store, stream, revision);
    if (event === undefined) return `${stream}@${revision} is not in the store`;
    try {
      await take([event], { partition, upTo: event.position });
      return undefined;
    } catch (cause) {
      if (isTransient(cause)) throw cause;
      return reasonOf(cause);
    }
  }
}
