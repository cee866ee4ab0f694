import type { EventStore } from '../../src/application/ports/event-store.js';
import { Mutex } from '../../src/application/views/mutex.js';
import { Projector } from '../../src/application/views/projector.js';
import { viewBuilderOf } from '../../src/application/views/view-builder.js';
import { ReadOnlyEventStore } from '../../src/infrastructure/event-store/embedded/read-only-event-store.js';
import { EmbeddedLeases } from '../../src/infrastructure/leases/embedded/embedded-leases.js';
import { EmbeddedViewStore } from '../../src/infrastructure/views/embedded/embedded-view-store.js';
import { openCatalogue } from '../../src/main/catalogue.js';
import { keepHeapSmall } from '../../src/main/small-heap.js';
import { onJob } from '../harness/task.js';
import { countedTickets, Differences, expectedTicket } from './counted-tickets.js';

export interface RebuildJob {
  readonly folder: string;
  readonly seed: number;
  readonly tickets: number;
}

export interface RebuildDone {
  readonly seconds: number;
  readonly processorSeconds: number;
  readonly documents: number;
  readonly skipped: number;
  readonly doubled: number;
  readonly different: number;
  /** Resident memory in MB after each tenth of the events, and the highest of all. */
  readonly memoryMb: readonly number[];
  readonly peakMemoryMb: number;
}

const mb = (bytes: number): number => Math.round(bytes / 1e6);

/** Rebuilds the view with what the product rebuilds with, then looks at every document. */
onJob<RebuildJob, RebuildDone>(async ({ folder, seed, tickets }) => {
  keepHeapSmall();
  const store = new ReadOnlyEventStore(folder);
  const views = EmbeddedViewStore.open({ folder });
  const leases = new EmbeddedLeases(folder);
  const pages: number[] = [];
  const watched: Pick<EventStore, 'readAll' | 'head'> = {
    head: () => store.head(),
    readAll: (after, options) => {
      pages.push(process.memoryUsage.rss());
      return store.readAll(after, options);
    },
  };
  const projector = new Projector(viewBuilderOf(openCatalogue(), countedTickets), {
    store: watched,
    views,
    partitions: 1,
    leases,
    holder: 'bench',
    rebuilds: new Mutex(),
    progress: { moved: () => undefined },
  });
  const used = process.cpuUsage();
  const begun = performance.now();
  const { leftOut } = await projector.rebuild();
  const seconds = (performance.now() - begun) / 1_000;
  const { user, system } = process.cpuUsage(used);
  const peakMemoryMb = mb(process.resourceUsage().maxRSS * 1_024);
  if (leftOut.length > 0) throw new Error(`${leftOut.length} streams were left out: ${leftOut[0]?.reason}`);
  const differences = new Differences();
  for (let number = 0; number < tickets; number++) {
    const found = await views.get(countedTickets, 'tickets', String(number));
    differences.add(expectedTicket(seed, number), found);
  }
  const documents = await views.count(countedTickets);
  await views.close();
  await leases.close();
  await store.close();
  const tenths = Array.from({ length: 11 }, (_, tenth) => pages[Math.floor(((pages.length - 1) * tenth) / 10)] ?? 0);
  const { skipped, doubled, different } = differences;
  return {
    seconds,
    processorSeconds: (user + system) / 1e6,
    documents,
    skipped,
    doubled,
    different,
    memoryMb: tenths.map(mb),
    peakMemoryMb,
  };
});
