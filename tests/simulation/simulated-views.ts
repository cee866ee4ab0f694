import { type Rebuild, type ViewStore, ViewsUnavailable } from '../../src/application/ports/views.js';
import type { Durable } from './durable.js';
import type { Host } from './host.js';

/** Whether the views' store can be reached. */
export interface Reach {
  isAway: boolean;
}

const gathered = async <T>(items: AsyncIterable<T>): Promise<readonly T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};

/** The view store as one process reaches it. Documents, marks and queries are the embedded store's own. */
export const simulatedViews = (host: Host, durable: Durable, reach: Reach): ViewStore => {
  const { chance, weather } = host.around;

  const call = <T>(what: string, effect: () => Promise<T>): Promise<T> => {
    const fate = chance.happens(weather.viewsFail) ? chance.one(['before', 'after']) : 'fine';
    return host.call(`views: ${what}`, async () => {
      if (reach.isAway || fate === 'before') throw new ViewsUnavailable('the views are away');
      const value = await effect();
      if (fate === 'after') throw new ViewsUnavailable('the views did not answer');
      return value;
    });
  };

  const look = <T>(what: string, effect: () => Promise<T>): Promise<T> => {
    const fails = chance.happens(weather.viewsFail);
    return host.look(`views: ${what}`, () => {
      if (reach.isAway || fails) throw new ViewsUnavailable('the views are away');
      return effect();
    });
  };

  const rebuilding = (name: string, rebuild: Rebuild): Rebuild => ({
    apply: (partition, events, upTo) =>
      call(`fill ${name} ${partition} up to ${upTo}`, () => rebuild.apply(partition, events, upTo)),
    async *documents(collection) {
      yield* await call(`documents of ${name}`, () => gathered(rebuild.documents(collection)));
    },
    promote: () => call(`promote ${name}`, () => rebuild.promote()),
    discard: () => call(`discard ${name}`, () => rebuild.discard()),
  });

  return {
    live: (projection) => look(`live ${projection.name}`, () => durable.views.live(projection)),
    apply: (projection, partition, events, upTo, from) =>
      call(`apply ${events.length} to ${projection.name} ${partition} up to ${upTo}`, () =>
        durable.views.apply(projection, partition, events, upTo, from),
      ),
    count: (projection) => look(`count of ${projection.name}`, () => durable.views.count(projection)),
    get: (projection, collection, id) =>
      look(`get ${collection} ${id}`, () => durable.views.get(projection, collection, id)),
    find: (projection, collection, query) =>
      look(`find ${collection}`, () => durable.views.find(projection, collection, query)),
    rebuild: async (projection, token) =>
      rebuilding(
        projection.name,
        await call(`rebuild ${projection.name}`, () => durable.views.rebuild(projection, token)),
      ),
    dropUnfinished: (projection, before) =>
      call(`drop unfinished of ${projection.name}`, () => durable.views.dropUnfinished(projection, before)),
    dropRetired: (projection, olderThanMs) =>
      look(`drop retired of ${projection.name}`, () => durable.views.dropRetired(projection, olderThanMs)),
    close: async () => undefined,
  };
};
