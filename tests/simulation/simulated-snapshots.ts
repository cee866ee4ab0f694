import type { Snapshots } from '../../src/application/ports/snapshots.js';
import type { Durable } from './durable.js';
import type { Host } from './host.js';

/** Snapshots as one process reaches them: a cache, of which any may be missing. */
export const simulatedSnapshots = (host: Host, { snapshots }: Durable): Snapshots => {
  const { chance, weather } = host.around;
  return {
    find: (stream) => {
      const isMissing = chance.happens(weather.responseLost);
      return host.look(`snapshot of ${stream}`, () => (isMissing ? undefined : snapshots.get(stream)));
    },
    save: (stream, snapshot) => host.call(`save a snapshot of ${stream}`, () => void snapshots.set(stream, snapshot)),
    delete: (stream) => host.call(`delete the snapshot of ${stream}`, () => void snapshots.delete(stream)),
    close: async () => undefined,
  };
};
