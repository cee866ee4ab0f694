import type { StoredEvent } from '../../src/application/ports/event-store.js';
import { systemClock } from '../../src/infrastructure/clock/system-clock.js';
import { ReadOnlyEventStore } from '../../src/infrastructure/event-store/embedded/read-only-event-store.js';

/** A stream as a folder holds it, the oldest event first; a server may be at work there. */
export const storedEvents = async (folder: string, stream: string): Promise<readonly StoredEvent[]> => {
  const store = new ReadOnlyEventStore(folder, systemClock);
  try {
    return await store.read(stream);
  } finally {
    await store.close();
  }
};
