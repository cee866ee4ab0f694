import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { type BatchPlace, parkingReader } from '../application/feed/parking-reader.js';
import type { StoredEvent } from '../application/ports/event-store.js';
import { systemClock as clock } from '../infrastructure/clock/system-clock.js';
import { ReadOnlyEventStore } from '../infrastructure/event-store/embedded/read-only-event-store.js';
import { EmbeddedFeed } from '../infrastructure/feed/embedded/embedded-feed.js';
import { EmbeddedPark } from '../infrastructure/feed/embedded/embedded-park.js';
import { EmbeddedViewStore } from '../infrastructure/views/embedded/embedded-view-store.js';
import { openCatalogue } from './catalogue.js';
import { type CrashAt, CrashPoints } from './crash-points.js';
import { createProjectors } from './projectors.js';

export interface ProjectorThreadData {
  readonly folder: string;
  readonly crashAt: CrashAt | undefined;
}

/** What the thread tells its process. */
export type FromProjectorThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'moved'; readonly projection: string }
  | { readonly kind: 'trouble'; readonly what: string; readonly about: object; readonly err: unknown };

/** Every view, each reader at its own pace; told anything, it ends. */
const run = async (port: MessagePort, { folder, crashAt }: ProjectorThreadData): Promise<void> => {
  const tell = (message: FromProjectorThread): void => port.postMessage(message);
  const store = new ReadOnlyEventStore(folder, clock);
  const points = new CrashPoints(crashAt);
  const feed = points.feed(
    new EmbeddedFeed({
      store,
      folder,
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
  const progress = { moved: ({ name }: { readonly name: string }) => tell({ kind: 'moved', projection: name }) };
  for (const projector of createProjectors({ store, catalogue: openCatalogue(), feed, views, progress })) {
    await projector.start();
    const take = (events: readonly StoredEvent[], place: BatchPlace): Promise<void> => projector.handle(events, place);
    const { group, types } = projector;
    feed.subscribe(parkingReader({ group, types, take, park, clock }));
  }
  tell({ kind: 'ready' });
  await new Promise((resolve) => port.once('message', resolve));
  await feed.close();
  await park.close();
  await views.close();
  await store.close();
};

if (parentPort !== null) await run(parentPort, workerData);
