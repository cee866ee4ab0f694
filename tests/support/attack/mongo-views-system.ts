import { MongoLeases } from '../../../src/infrastructure/leases/mongodb/mongo-leases.js';
import { MongoViewStore } from '../../../src/infrastructure/views/mongodb/mongo-view-store.js';
import type { MongoPlace } from '../mongo.js';
import type { OpenSystem } from './attacked-system.js';
import { openSystem as openEmbedded } from './embedded-system.js';

export interface MongoViewsPlace extends Pick<MongoPlace, 'url' | 'database'> {
  readonly folder: string;
}

/** Events and feed in a folder, as `embedded-system.ts` has them; views and leases in MongoDB. */
export const openSystem: OpenSystem = async (place) => {
  const { folder, ...mongo }: MongoViewsPlace = JSON.parse(place);
  const embedded = await openEmbedded(folder);
  return {
    ...embedded,
    openViews: async () => new MongoViewStore(mongo),
    openLeases: async () => new MongoLeases(mongo),
  };
};
