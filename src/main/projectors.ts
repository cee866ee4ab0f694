import { type BatchPlace, parkingReader } from '../application/feed/parking-reader.js';
import { partitionOf } from '../application/partition.js';
import type { Clock } from '../application/ports/clock.js';
import type { EventStore, StoredEvent } from '../application/ports/event-store.js';
import type { Feed } from '../application/ports/feed.js';
import type { Park } from '../application/ports/park.js';
import { DueTimes, dueTimesOf } from '../application/processes/due-times.js';
import { Projector, type ProjectorParts } from '../application/views/projector.js';
import type { Projection } from '../projections/projection.js';
import { processes, projections, views as viewsOfReaders } from './catalogue.js';
import { every } from './every.js';
import type { Role } from './roles.js';

/** Partitions of the embedded feed. */
export const partitions = 1;

const repairEveryMs = 5_000;

/** A process that runs process managers keeps their due times itself; views are the projector's. */
export const projectionsOf = (roles: ReadonlySet<Role>): readonly Projection[] => [
  ...(roles.has('projector') ? viewsOfReaders : []),
  ...(roles.has('worker') ? processes.ticketing.map(dueTimesOf) : []),
  ...(roles.has('bank') ? processes.banking.map(dueTimesOf) : []),
];

interface ProjectorChoice {
  readonly only?: readonly Projection[];
  readonly partitions?: number;
}

/** One for each view of the platform. */
export const createProjectors = (
  parts: Omit<ProjectorParts, 'partitions' | 'partitionOf'> & { readonly store: Pick<EventStore, 'read'> },
  { only = projections, partitions: count = partitions }: ProjectorChoice = {},
): readonly Projector[] =>
  only.map((projection) => {
    const process = Object.values(processes)
      .flat()
      .find((one) => dueTimesOf(one) === projection);
    const due = process && new DueTimes(process, parts.store, parts.views, parts.catalogue);
    return new Projector(
      projection,
      { ...parts, partitions: count, partitionOf },
      due && ((events) => due.project(events)),
    );
  });

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
  for (const projector of projectors) {
    await projector.start();
    const take = (events: readonly StoredEvent[], place: BatchPlace): Promise<void> => projector.handle(events, place);
    const { group, types } = projector;
    stack.adopt(feed.subscribe(parkingReader({ group, types, take, park, clock })), (reading) => reading.stop());
  }
  const repair = async (): Promise<void> => {
    for (const projector of projectors) {
      await projector.repair().catch((err: unknown) => onTrouble(projector.group, err));
    }
  };
  every(repairEveryMs, clock, repair, stack);
};
