import type { MessagePort } from 'node:worker_threads';
import { FeedWatch, type ReaderBacklog } from '../application/feed/feed-watch.js';
import type { ViewProgress } from '../application/views/view-progress.js';
import { systemClock as clock } from '../infrastructure/clock/system-clock.js';
import { giveMemoryBackAtRest } from '../infrastructure/runtime/memory.js';
import { letOthersGoFirst } from '../infrastructure/runtime/priority.js';
import { openCatalogue } from './catalogue.js';
import { every } from './every.js';
import { createProjectors, startReaders, viewsOf } from './projectors.js';
import type { Role } from './roles.js';
import type { OpenStorage, StorageSettings } from './storage.js';

export interface ProjectorThreadData {
  readonly settings: StorageSettings;
  /** Of the process. */
  readonly roles: ReadonlySet<Role>;
}

/** What the thread tells its process. */
export type FromProjectorThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'moved'; readonly views: readonly string[] }
  | { readonly kind: 'backlogs'; readonly backlogs: readonly ReaderBacklog[] }
  | { readonly kind: 'trouble'; readonly what: string; readonly about: object; readonly err: unknown };

/** Views that move in one turn of the event loop are told of together. */
const movedTogether = (tell: (views: readonly string[]) => void): Pick<ViewProgress, 'moved'> => {
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

const watchEveryMs = 15_000;

/** Every view, each reader at its own pace; told anything, it ends. */
export const runProjectors = async (
  port: MessagePort,
  { settings, roles }: ProjectorThreadData,
  openStorage: OpenStorage,
): Promise<void> => {
  letOthersGoFirst();
  const tell = (message: FromProjectorThread): void => port.postMessage(message);
  await using storage = openStorage(settings, new Set(['projector']), {
    clock,
    onTrouble: (what, about, err) => tell({ kind: 'trouble', what, about, err }),
  });
  const [store, feed, park, leases, views] = [
    await storage.eventStore(),
    await storage.feed(),
    await storage.park(),
    await storage.leases(),
    await storage.views(),
  ];
  const progress = movedTogether((moved) => tell({ kind: 'moved', views: moved }));
  const { partitions } = storage;
  const parts = { store, catalogue: openCatalogue(), partitions, views, leases, progress };
  const projectors = createProjectors(parts, viewsOf(roles, settings.modules));
  const onTrouble = (view: string, err: unknown): void =>
    tell({ kind: 'trouble', what: 'a view is not whole', about: { view }, err });
  await using readers = new AsyncDisposableStack();
  await startReaders(projectors, { feed, park, clock, onTrouble }, readers);
  const watch = new FeedWatch(feed, clock, (about) =>
    tell({ kind: 'trouble', what: 'a reader does not move while events wait', about, err: undefined }),
  );
  const look = async (): Promise<void> => tell({ kind: 'backlogs', backlogs: await watch.look() });
  // While the feed is away its readers tell of it.
  every(watchEveryMs, clock, () => look().catch(() => undefined), readers);
  giveMemoryBackAtRest();
  tell({ kind: 'ready' });
  await new Promise((resolve) => port.once('message', resolve));
};
