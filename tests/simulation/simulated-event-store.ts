import {
  type Appended,
  type EventStore,
  type ExpectedRevision,
  type NewEvent,
  OutcomeUnknown,
  StoreUnavailable,
} from '../../src/application/ports/event-store.js';
import type { BacklogSource } from '../../src/infrastructure/feed/embedded/embedded-feed.js';
import type { DurableLog } from './durable.js';
import { epoch, type Host } from './host.js';

type Fate = 'answered' | 'refused' | 'unknown' | 'kept, unknown' | 'kept late, unknown';

/** The event store as one process reaches it: it has its own clock, and calls take time, fail, or don't say what became of them. */
export const simulatedEventStore = (host: Host, log: DurableLog): EventStore & BacklogSource => {
  const { chance, scheduler, weather } = host.around;

  const fateOf = (): Fate => {
    if (chance.happens(weather.appendRefused)) return 'refused';
    if (!chance.happens(weather.appendUnknown)) return 'answered';
    return chance.one(['unknown', 'kept, unknown', 'kept late, unknown']);
  };

  const append = (stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended> => {
    const fate = fateOf();
    const keep = (): Appended => log.append(stream, events, expected, epoch + scheduler.now);
    const keepUnheard = (): void => {
      try {
        keep();
      } catch {
        // No one is told.
      }
    };
    const types = events.map(({ type }) => type).join(' ');
    return host.call(`append ${stream} ${types} (${fate})`, () => {
      switch (fate) {
        case 'answered':
          return keep();
        case 'refused':
          throw new StoreUnavailable('the store is away');
        case 'kept, unknown':
          keepUnheard();
          break;
        case 'kept late, unknown':
          scheduler.after(chance.between(10, 20_000), `late append ${stream} ${types}`, keepUnheard);
          break;
        case 'unknown':
          break;
        default:
          fate satisfies never;
      }
      throw new OutcomeUnknown('the store did not answer');
    });
  };

  const read = <T>(what: string, effect: () => T): Promise<T> => {
    const isRefused = chance.happens(weather.readRefused);
    return host.call(what, () => {
      if (isRefused) throw new StoreUnavailable('the store is away');
      return effect();
    });
  };

  return {
    append,
    read: (stream, { from, direction = 'forwards', limit = 1_000 } = {}) =>
      read(`read ${stream}`, () => {
        const events = log.of(stream);
        if (direction === 'forwards') return events.slice(Number(from ?? 0n), Number(from ?? 0n) + limit);
        const end = from === undefined ? events.length : Number(from) + 1;
        return events.slice(Math.max(0, end - limit), end).reverse();
      }),
    readAll: (after, { filter, limit } = {}) =>
      read(`read all behind ${after}`, () => log.readAll(after, filter, chance.between(1, limit ?? 1_000))),
    head: () => read('head', () => log.head()),
    subscribe: () => {
      throw new Error('the feed is simulated too: no one subscribes to the store');
    },
    backlog: async (after, filter) => ({ events: log.readAll(after, filter, Number.MAX_SAFE_INTEGER).events.length }),
    close: async () => undefined,
  };
};
