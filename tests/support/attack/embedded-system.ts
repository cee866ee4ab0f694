import { EmbeddedEventStore } from '../../../src/infrastructure/event-store/embedded/embedded-event-store.js';
import { EmbeddedFeed } from '../../../src/infrastructure/feed/embedded/embedded-feed.js';
import { EmbeddedLeases } from '../../../src/infrastructure/leases/embedded/embedded-leases.js';
import { EmbeddedViewStore } from '../../../src/infrastructure/views/embedded/embedded-view-store.js';
import { realClock } from '../temp-store.js';
import type { OpenSystem } from './attacked-system.js';

/** Of the module's address: `?partitions=1`; 8 where it says none. */
const partitions = Number(new URL(import.meta.url).searchParams.get('partitions') ?? 8);

/** A folder of one process: its writers share the one store that it may open. */
export const openSystem: OpenSystem = async (folder) => {
  const store = await EmbeddedEventStore.open({ folder, clock: realClock });
  return {
    writers: [store],
    store,
    openFeed: async () =>
      new EmbeddedFeed({ store, folder, partitions, clock: realClock, wait: { firstMs: 1, longestMs: 5 } }),
    openLeases: async () => new EmbeddedLeases(folder),
    openViews: async () => EmbeddedViewStore.open({ folder }),
    close: () => store.close(),
  };
};
