import { Overloaded } from '../command-handler.js';
import type { Clock } from '../ports/clock.js';
import { OutcomeUnknown, type RecordedEvent, StoreUnavailable } from '../ports/event-store.js';
import type { FeedBatch, FeedReader, PartitionOwner } from '../ports/feed.js';
import { LeaseLost } from '../ports/leases.js';
import type { Park, ParkedEvent } from '../ports/park.js';
import { OtherGeneration, ViewBehind, ViewsUnavailable } from '../ports/views.js';
import { type Backoff, backoffMs } from './backoff.js';

/** Something that the effect needs is away: no fault of the event, so it is tried again and never parked. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

/** Without `after` where a parked event is tried again, apart from those that came after it. */
export type BatchPlace = Pick<FeedBatch, 'partition' | 'upTo'> & Partial<Pick<FeedBatch, 'after'>>;

/**
 * Takes effect of consecutive events, all or part of a batch; the same events may come again. May be called with none,
 * to move its own checkpoint to `upTo`.
 */
export type HandleEvents = (events: readonly RecordedEvent[], place: BatchPlace) => Promise<void>;

export interface ParkingOptions extends PartitionOwner {
  readonly group: string;
  readonly types?: readonly string[];
  readonly handleEvents: HandleEvents;
  readonly park: Park;
  readonly clock: Clock;
  /** Tries of an event before it is parked; 3 unless told otherwise. */
  readonly tries?: number;
  readonly wait?: Backoff;
}

const behind = 'behind a parked event of its stream';

const defaultWait: Backoff = { firstMs: 50, longestMs: 2_000 };

export const reasonOf = (cause: unknown): string =>
  cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);

const ofTheMoment = [
  Unavailable,
  StoreUnavailable,
  OutcomeUnknown,
  Overloaded,
  ViewsUnavailable,
  OtherGeneration,
  ViewBehind,
  LeaseLost,
];

/** Whether the fault is the moment's, not the event's. */
export const isTransient = (cause: unknown): boolean => ofTheMoment.some((kind) => cause instanceof kind);

/**
 * A reader that sets aside the events that it can't handle. A batch is taken in one go; if that fails, event by event:
 * one that fails every try is parked, later ones of its stream follow it, other streams flow.
 */
export const parkingReader = (options: ParkingOptions): FeedReader => {
  const { handleEvents, park, clock, tries = 3, wait = defaultWait, ...reader } = options;
  const { group } = reader;

  const parkedOf = (event: RecordedEvent, partition: number, reason: string): ParkedEvent => {
    const { stream, revision, position } = event;
    return { group, stream, revision, position, partition, reason, since: clock.now() };
  };

  /** @returns the reason why it can't be taken, if so */
  const tryOne = async (event: RecordedEvent, { partition, after }: FeedBatch): Promise<string | undefined> => {
    for (let attempt = 1; ; attempt++) {
      try {
        await handleEvents([event], { partition, after, upTo: event.position });
        return undefined;
      } catch (cause) {
        if (isTransient(cause)) throw cause;
        if (attempt >= tries) return reasonOf(cause);
        await clock.sleep(backoffMs(wait, attempt - 1, clock.random()));
      }
    }
  };

  /** Leaves out, and parks, what comes behind a parked event. */
  const free = async ({ events, partition }: FeedBatch): Promise<readonly RecordedEvent[]> => {
    const parked = await park.streams(group);
    if (parked.size === 0) return events;
    const taken: RecordedEvent[] = [];
    for (const event of events) {
      const isBehind = parked.has(event.stream) && (await park.follow(parkedOf(event, partition, behind)));
      if (!isBehind) taken.push(event);
    }
    return taken;
  };

  const takeOneByOne = async (batch: FeedBatch): Promise<void> => {
    const { events, partition } = batch;
    const parked = new Set<string>();
    for (const event of events) {
      const isBehind = parked.has(event.stream) && (await park.follow(parkedOf(event, partition, behind)));
      if (isBehind) continue;
      const reason = await tryOne(event, batch);
      if (reason === undefined) continue;
      await park.park(parkedOf(event, partition, reason));
      parked.add(event.stream);
    }
    await handleEvents([], batch);
  };

  const handle = async (batch: FeedBatch): Promise<void> => {
    const events = await free(batch);
    try {
      await handleEvents(events, batch);
    } catch (cause) {
      if (isTransient(cause) || events.length === 0) throw cause;
      await takeOneByOne({ ...batch, events });
    }
  };

  return { ...reader, handle };
};
