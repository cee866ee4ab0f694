import { eventAt } from '../event-at.js';
import { partitionOf } from '../partition.js';
import type { EventStore } from '../ports/event-store.js';
import type { Feed } from '../ports/feed.js';
import type { Park, ParkedEvent } from '../ports/park.js';

export interface Delivery {
  readonly group: string;
  /** `done`: the group's position is past the event, whether it took it or didn't want its type. */
  readonly status: 'done' | 'pending' | 'parked' | 'skipped';
  /** Why it was set aside. */
  readonly reason?: string;
}

/** Which readers an event has reached, from the feed's own positions and what was set aside. */
export class DeliveryQueries {
  constructor(
    private readonly store: Pick<EventStore, 'read'>,
    private readonly feed: Pick<Feed, 'partitions' | 'lags'>,
    private readonly park: Pick<Park, 'list' | 'skipped'>,
  ) {}

  /** Each group of the feed by name; undefined for an unknown event. */
  async ofEvent(stream: string, revision: bigint): Promise<readonly Delivery[] | undefined> {
    const event = await eventAt(this.store, stream, revision);
    if (event === undefined) return undefined;
    const isMeant = (parked: ParkedEvent): boolean => parked.stream === stream && parked.revision === revision;
    const partition = partitionOf(stream, this.feed.partitions);
    const deliveries = new Map<string, Delivery>();
    for (const lag of await this.feed.lags()) {
      const isDone = lag.partition === partition && lag.position >= event.position;
      if (isDone || !deliveries.has(lag.group)) {
        deliveries.set(lag.group, { group: lag.group, status: isDone ? 'done' : 'pending' });
      }
    }
    for (const { group, reason } of (await this.park.list()).filter(isMeant)) {
      deliveries.set(group, { group, status: 'parked', reason });
    }
    for (const { group, skippedBecause: reason } of (await this.park.skipped()).filter(isMeant)) {
      deliveries.set(group, { group, status: 'skipped', reason });
    }
    return [...deliveries.values()].sort((left, right) => (left.group < right.group ? -1 : 1));
  }
}
