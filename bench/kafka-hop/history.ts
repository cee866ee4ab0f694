import { randomUUID } from 'node:crypto';
import { type EventStore, type ExpectedRevision, type NewEvent } from '../../src/application/ports/event-store.js';

/** What a round must bring: so many events, the same number in each of the streams. */
export interface History {
  readonly events: number;
  readonly streams: number;
}

/** Names its place in its stream, so that whoever reads only the value can tell. */
const eventNumbered = (number: number): NewEvent => ({
  id: randomUUID(),
  type: 'PlacesHeld',
  data: JSON.stringify({
    number,
    holdId: randomUUID(),
    buyerId: randomUUID(),
    quantity: 2,
    heldUntil: 1_800_000_000_000,
  }),
  metadata: JSON.stringify({ correlationId: randomUUID(), causationId: randomUUID(), actor: 'buyer' }),
});

/** Writes streams beside each other, so that they stand mixed in the store. */
export const fill = async (store: EventStore, { events, streams }: History): Promise<void> => {
  const write = async (stream: number): Promise<void> => {
    let revision: ExpectedRevision = 'no-stream';
    for (let number = 0; number < events / streams; number++) {
      ({ revision } = await store.append(`sale-${stream}`, [eventNumbered(number)], revision));
    }
  };
  await Promise.all(Array.from({ length: streams }, (_, stream) => write(stream)));
};

/** From the first read, or send, until the last event has come. */
export interface Hop {
  readonly seconds: number;
  /** Stream and data of each, in the order in which they came. */
  readonly came: readonly (readonly [stream: string, data: string])[];
}

/** @returns what is wrong: all must come, those of a stream in their order, and none twice */
export const faultOf = (came: Hop['came'], { events, streams }: History): string | undefined => {
  const next = new Map<string, number>();
  for (const [stream, data] of came) {
    const due = next.get(stream) ?? 0;
    const { number } = JSON.parse(data);
    if (number !== due) return `${stream} brought ${number} for ${due}`;
    next.set(stream, due + 1);
  }
  const isWhole = next.size === streams && [...next.values()].every((count) => count === events / streams);
  return isWhole ? undefined : `${came.length} of ${events} events came, of ${next.size} streams`;
};
