import { beginning, type Position } from '../../src/application/ports/event-store.js';
import type { AppliedEvent, ViewStore } from '../../src/application/ports/views.js';
import type { Change, Projection, View } from '../../src/projections/projection.js';

/** A projection that means nothing, for what a view store does with any. */
export const things: Projection = {
  name: 'things',
  version: 1,
  collections: {
    things: { indexes: [['size'], ['kind', '-size']], deletes: true },
    others: { indexes: [] },
    later: { indexes: [] },
  },
  handlers: {},
};

export const at = (position: number): Position => String(position).padStart(8, '0') as Position;

/** How far the documents of this version are, if it is live. */
export const checkpointOf = async (
  views: Pick<ViewStore, 'live'>,
  view: View,
  partition: number,
): Promise<Position> => {
  const live = await views.live(view);
  return (live?.version === view.version && live.checkpoints[partition]) || beginning;
};

/** An event that makes these changes in `things`. */
export const event = (position: number, ...changes: readonly Omit<Change, 'collection'>[]): AppliedEvent => ({
  position: at(position),
  changes: changes.map((change) => ({ collection: 'things', ...change })),
});
