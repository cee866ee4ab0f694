import type { EventStore } from '../../../src/application/ports/event-store.js';
import { EventStoreDbEventStore } from '../../../src/infrastructure/event-store/eventstoredb/eventstoredb-event-store.js';
import { EmbeddedFeed } from '../../../src/infrastructure/feed/embedded/embedded-feed.js';
import { EmbeddedLeases } from '../../../src/infrastructure/leases/embedded/embedded-leases.js';
import { EmbeddedViewStore } from '../../../src/infrastructure/views/embedded/embedded-view-store.js';
import { scopedTo } from '../scoped-store.js';
import { realClock } from '../temp-store.js';
import type { OpenSystem } from './attacked-system.js';

/** Of the module's address: `?partitions=8`. */
const partitions = Number(new URL(import.meta.url).searchParams.get('partitions'));

/** A server that lives on while its clients die, with connections of their own for writers; the rest in a folder. */
export const openSystem: OpenSystem = async (place) => {
  const { url, folder, scope }: { url: string; folder: string; scope: string } = JSON.parse(place);
  const connect = (): EventStore => scopedTo(scope, EventStoreDbEventStore.connect(url, { deadlineMs: 60_000 }));
  const writers = [connect(), connect(), connect()];
  // How much is left is asked by people only, of the embedded store.
  const store = Object.assign(connect(), { backlog: async () => ({ events: 0 }) });
  return {
    writers,
    store,
    openFeed: async () =>
      new EmbeddedFeed({ store, folder, partitions, clock: realClock, wait: { firstMs: 1, longestMs: 5 } }),
    openLeases: async () => new EmbeddedLeases(folder),
    openViews: async () => EmbeddedViewStore.open({ folder }),
    close: async () => {
      for (const one of [...writers, store]) await one.close();
    },
  };
};
