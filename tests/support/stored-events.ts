import type { RecordedEvent } from '../../src/application/ports/event-store.js';
import { ReadOnlyEventStore } from '../../src/infrastructure/event-store/embedded/read-only-event-store.js';

/** A stream as a folder holds it, the oldest event first; a server may be at work there. */
export const storedEvents = async (folder: string, stream: string): Promise<readonly RecordedEvent[]> => {
  const store = new ReadOnlyEventStore(folder);
  try {
    return await store.read(stream);
  } finally {
    await store.close();
  }
};
