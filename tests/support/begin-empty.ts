import type { ViewStore } from '../../src/application/ports/views.js';
import type { Projection } from '../../src/projections/projection.js';

/** Makes a projection's view live without any event. */
export const beginEmpty = async (views: ViewStore, projection: Projection): Promise<void> => {
  const rebuild = await views.rebuild(projection);
  await rebuild.promote();
};
