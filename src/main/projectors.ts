import type { EventCatalogue } from '../application/event-catalogue.js';
import { parkingReader } from '../application/feed/parking-reader.js';
import type { Clock } from '../application/ports/clock.js';
import type { Feed } from '../application/ports/feed.js';
import type { Park } from '../application/ports/park.js';
import { builtBy } from '../application/views/interpret.js';
import { Projector, type ProjectorParts } from '../application/views/projector.js';
import { Turns } from '../application/views/turns.js';
import { projections } from './catalogue.js';
import { every, type Stops } from './stops.js';

const repairEveryMs = 5_000;

/** One for each view of the platform. */
export const createProjectors = (
  catalogue: EventCatalogue,
  parts: Omit<ProjectorParts, 'holder' | 'rebuilds'>,
): readonly Projector[] => {
  const ofProcess = { ...parts, holder: `process ${process.pid}`, rebuilds: new Turns() };
  return projections.map((projection) => new Projector(builtBy(catalogue, projection), ofProcess));
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
  stops: Stops,
): Promise<void> => {
  for (const projector of projectors) {
    const { group, types } = projector;
    await projector.start().catch((err: unknown) => onTrouble(group, err));
    const subscription = feed.subscribe(
      parkingReader({
        group,
        types,
        take: (events, place) => projector.handle(events, place),
        assigned: (partition, after) => projector.assigned(partition, after),
        revoked: (partition) => projector.revoked(partition),
        park,
        clock,
      }),
    );
    stops.push(() => {
      projector.stop();
      return subscription.stop();
    });
    const repair = () => projector.repair().catch((err: unknown) => onTrouble(group, err));
    every(repairEveryMs, clock, repair, stops);
  }
};
