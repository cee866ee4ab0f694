import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { ViewProgress } from '../application/views/view-progress.js';
import { systemClock as clock } from '../infrastructure/clock/system-clock.js';
import { ReadOnlyEventStore } from '../infrastructure/event-store/embedded/read-only-event-store.js';
import { EmbeddedFeed } from '../infrastructure/feed/embedded/embedded-feed.js';
import { EmbeddedPark } from '../infrastructure/feed/embedded/embedded-park.js';
import { EmbeddedLeases } from '../infrastructure/leases/embedded/embedded-leases.js';
import { giveMemoryBackAtRest } from '../infrastructure/runtime/memory.js';
import { letOthersGoFirst } from '../infrastructure/runtime/priority.js';
import { EmbeddedViewStore } from '../infrastructure/views/embedded/embedded-view-store.js';
import { openCatalogue, partitions } from './catalogue.js';
import { type CrashAt, CrashPoints } from './crash-points.js';
import { createProjectors, startReaders } from './projectors.js';
import type { Stops } from './stops.js';

export interface ProjectorThreadData {
  readonly folder: string;
  readonly crashAt: CrashAt | undefined;
}

/** What the thread tells its process. */
export type FromProjectorThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'moved'; readonly projections: readonly string[] }
  | { readonly kind: 'trouble'; readonly what: string; readonly about: object; readonly err: unknown };

/** Views that move in one turn of the event loop are told of together. */
const movedTogether = (tell: (projections: readonly string[]) => void): Pick<ViewProgress, 'moved'> => {
  const moved = new Set<string>();
  const tellAll = (): void => {
    tell([...moved]);
    moved.clear();
  };
  return {
    moved: ({ name }) => {
      if (moved.size === 0) setImmediate(tellAll);
      moved.add(name);
    },
  };
};

/** Every view, each reader at its own pace; told anything, it ends. */
const run = async (port: MessagePort, { folder, crashAt }: ProjectorThreadData): Promise<void> => {
  letOthersGoFirst();
  const tell = (message: FromProjectorThread): void => port.postMessage(message);
  const store = new ReadOnlyEventStore(folder);
  const points = new CrashPoints(crashAt);
  const feed = points.feed(
    new EmbeddedFeed({
      store,
      folder,
      partitions,
      clock,
      onFailure: (group, err, attempt) =>
        tell({ kind: 'trouble', what: 'a reader could not take a batch', about: { group, attempt }, err }),
    }),
  );
  const park = new EmbeddedPark(folder);
  const views = points.views(
    EmbeddedViewStore.open({
      folder,
      onDamage: (err) => tell({ kind: 'trouble', what: 'the views are made anew', about: {}, err }),
    }),
  );
  const leases = new EmbeddedLeases(folder);
  const progress = movedTogether((projections) => tell({ kind: 'moved', projections }));
  const projectors = createProjectors(openCatalogue(), { store, partitions, views, leases, progress });
  const onTrouble = (view: string, err: unknown): void =>
    tell({ kind: 'trouble', what: 'a view is not whole', about: { view }, err });
  const stops: Stops = [];
  await startReaders(projectors, { feed, park, clock, onTrouble }, stops);
  giveMemoryBackAtRest();
  tell({ kind: 'ready' });
  await new Promise((resolve) => port.once('message', resolve));
  await Promise.all(stops.map((stop) => stop()));
  await feed.close();
  await park.close();
  await views.close();
  await leases.close();
  await store.close();
};

if (parentPort !== null) await run(parentPort, workerData);
