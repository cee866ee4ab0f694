import { type EventCatalogue, UnreadableEvent } from '../event-catalogue.js';
import { beginning, type EventStore, type StoredEvent } from '../ports/event-store.js';
import type { Broken } from './findings.js';
import { Ledger } from './ledger.js';

export interface Auditing {
  /** Nothing is under way: also what holds only then. */
  readonly isQuiescent: boolean;
}

/** Every event of a store up to its head, in its order. */
export async function* eventsOf(store: Pick<EventStore, 'readAll'>): AsyncGenerator<StoredEvent> {
  for (let position = beginning; ; ) {
    const { events, next, isHead } = await store.readAll(position, { limit: 1_000 });
    yield* events;
    position = next;
    if (isHead) return;
  }
}

/** Counts events in the order of their store; one that can't be read is a finding, and its stream stays as it was. */
export const ledgerOf = async (
  events: AsyncIterable<StoredEvent> | Iterable<StoredEvent>,
  catalogue: EventCatalogue,
): Promise<Ledger> => {
  const ledger = new Ledger();
  for await (const stored of events) {
    try {
      ledger.take({ ...stored, event: catalogue.decode(stored) });
    } catch (cause) {
      if (!(cause instanceof UnreadableEvent)) throw cause;
      ledger.note('readable', stored.stream, cause.message);
    }
  }
  return ledger;
};

/** Names every invariant that the events of a store break; empty when all hold. */
export const broken = async (
  events: AsyncIterable<StoredEvent> | Iterable<StoredEvent>,
  catalogue: EventCatalogue,
  auditing: Auditing,
): Promise<readonly Broken[]> => (await ledgerOf(events, catalogue)).broken(auditing);
