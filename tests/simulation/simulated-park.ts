import type { Park, ParkedEvent, ParkedKey } from '../../src/application/ports/park.js';
import type { Durable } from './durable.js';
import type { Host } from './host.js';

const keyOf = ({ group, stream, revision }: ParkedKey): string => `${group}/${stream}/${revision}`;

/** The park as one process reaches it. */
export const simulatedPark = (host: Host, { parked, skipped }: Durable): Park => {
  const list = (group?: string): ParkedEvent[] =>
    [...parked.values()]
      .filter((event) => group === undefined || event.group === group)
      .sort((left, right) => (left.position < right.position ? -1 : 1));
  const keep = (event: ParkedEvent): void => {
    if (!parked.has(keyOf(event))) parked.set(keyOf(event), event);
  };
  const call = <T>(what: string, effect: () => T): Promise<T> => host.call(`park: ${what}`, effect);
  const look = <T>(what: string, effect: () => T): Promise<T> => host.look(`park: ${what}`, effect);
  return {
    streams: (group) => look('streams', () => new Set(list(group).map(({ stream }) => stream))),
    park: (event) => call('park', () => keep(event)),
    follow: (event) =>
      call('follow', () => {
        const isBehind = list(event.group).some(({ stream }) => stream === event.stream);
        if (isBehind) keep(event);
        return isBehind;
      }),
    first: (group, stream) => look('first', () => list(group).find((event) => event.stream === stream)),
    list: (group) => look('list', () => list(group)),
    release: (key) => call('release', () => void parked.delete(keyOf(key))),
    failedAgain: (key, reason) =>
      call('failed again', () => {
        const event = parked.get(keyOf(key));
        if (event !== undefined) parked.set(keyOf(key), { ...event, reason });
      }),
    skip: (key, skippedBecause, skippedAt) =>
      call('skip', () => {
        const event = parked.get(keyOf(key));
        if (event !== undefined) skipped.push({ ...event, skippedBecause, skippedAt });
        parked.delete(keyOf(key));
      }),
    skipped: (group) => look('skipped', () => skipped.filter((event) => group === undefined || event.group === group)),
    close: async () => undefined,
  };
};
