import type { EventStore, RecordedEvent } from './ports/event-store.js';

/** The event of a stream at a revision, if it is there. */
export const eventAt = async (
  store: Pick<EventStore, 'read'>,
  stream: string,
  revision: bigint,
): Promise<RecordedEvent | undefined> => {
  const [event] = await store.read(stream, { from: revision, limit: 1 });
  return event?.revision === revision ? event : undefined;
};
