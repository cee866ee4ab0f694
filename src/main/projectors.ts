import type { EventCatalogue } from '../application/event-catalogue.js';
import { type BatchPlace, parkingReader } from '../application/feed/parking-reader.js';
import { partitionOf } from '../application/partition.js';
import type { Clock } from '../application/ports/clock.js';
import type { StoredEvent } from '../application/ports/event-store.js';
import type { Feed } from '../application/ports/feed.js';
import type { Park } from '../application/ports/park.js';
import { Projector, type ProjectorParts } from '../application/views/projector.js';
import { projections } from './catalogue.js';
import { every } from './every.js';

/** Partitions of the embedded feed. */
export const partitions = 1;

const repairEveryMs = 5_000;

/** One for each view of the platform. */
export const createProjectors = (
  parts: Omit<ProjectorParts, 'partitions' | 'partitionOf'> & { readonly catalogue: EventCatalogue },
): readonly Projector[] =>
  projections.map((projection) => new Projector(projection, { ...parts, partitions, partitionOf }));

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
