import type { EventCatalogue } from '../application/event-catalogue.js';
import { parkingReader } from '../application/feed/parking-reader.js';
import type { Clock } from '../application/ports/clock.js';
import type { EventStore } from '../application/ports/event-store.js';
import type { Feed } from '../application/ports/feed.js';
import type { Park } from '../application/ports/park.js';
import { DueTimes } from '../application/processes/due-times.js';
import { Mutex } from '../application/views/mutex.js';
import { Projector, type ProjectorParts } from '../application/views/projector.js';
import { type ViewBuilder, viewBuilderOf } from '../application/views/view-builder.js';
import type { View } from '../projections/projection.js';
import { allProcesses, allProjections, dueViews, type Module, projections, views } from './catalogue.js';
import { every } from './every.js';
import type { Role } from './roles.js';

const repairEveryMs = 5_000;

/** A process that runs process managers keeps their due times itself; other views are the projector's. */
export const viewsOf = (roles: ReadonlySet<Role>, modules: ReadonlySet<Module>): readonly View[] => [
  ...(roles.has('projector') ? [...modules].flatMap((name) => projections[name]) : []),
  ...(roles.has('worker') ? dueViews.ticketing : []),
  ...(roles.has('bank') ? dueViews.banking : []),
];

export interface ProjectorsParts extends Omit<ProjectorParts, 'holder' | 'rebuilds'> {
  readonly store: ProjectorParts['store'] & Pick<EventStore, 'read'>;
  readonly catalogue: EventCatalogue;
}

/** One for each of the views. */
export const createProjectors = (
  { catalogue, ...parts }: ProjectorsParts,
  only: readonly View[] = views,
): readonly Projector[] => {
  const builders: readonly ViewBuilder[] = [
    ...allProjections.map((projection) => viewBuilderOf(catalogue, projection)),
    ...allProcesses.map((process) => new DueTimes(process, parts.store, parts.views, catalogue)),
  ];
  const names = new Set(only.map(({ name }) => name));
  const ofProcess = { ...parts, holder: `process ${process.pid}`, rebuilds: new Mutex() };
  return builders.filter(({ view }) => names.has(view.name)).map((builder) => new Projector(builder, ofProcess));
};

export interface ReaderParts {
  readonly feed: Pick<Feed, 'subscribe'>;
  readonly park: Park;
  readonly clock: Clock;
  readonly onTrouble: (view: string, err: unknown) => void;
}

/** Brings every view on, each at its own pace. One that is lost is made again, also while no event comes. */
export const startReaders = async (
  projectors: readonly Projector[],
  { feed, park, clock, onTrouble }: ReaderParts,
  stack: AsyncDisposableStack,
): Promise<void> => {
  const ending = new AbortController();
  for (const projector of projectors) {
    const { group, types, restMs } = projector;
    await projector.start().catch((err: unknown) => onTrouble(group, err));
    const subscription = feed.subscribe(
      parkingReader({
        group,
        types,
        handleEvents: async (events, place) => {
          await projector.handle(events, place);
          if (restMs > 0) await clock.sleep(restMs, ending.signal);
        },
        assigned: (partition, after) => projector.assigned(partition, after),
        revoked: (partition) => projector.revoked(partition),
        park,
        clock,
      }),
    );
    stack.adopt(subscription, (reading) => reading.stop());
    every(repairEveryMs, clock, () => projector.repair().catch((err: unknown) => onTrouble(group, err)), stack);
  }
  // First of all, so that none waits for the rebuild of another.
  stack.defer(() => {
    ending.abort();
    for (const projector of projectors) projector.stop();
  });
};
