import { rm } from 'node:fs/promises';
import { expect } from 'chai';
import {
  beginning,
  type EventStore,
  type NewEvent,
  StoreUnavailable,
} from '../../src/application/ports/event-store.js';
import { EmbeddedEventStore } from '../../src/infrastructure/event-store/embedded/embedded-event-store.js';
import { ReadOnlyEventStore } from '../../src/infrastructure/event-store/embedded/read-only-event-store.js';
import { EventStoreLocked } from '../../src/infrastructure/event-store/embedded/refusals.js';
import { newEvent, openTempStore, realClock, tempFolder } from '../support/temp-store.js';
import { eventStoreContract } from './event-store.contract.js';

/** What one connection writes is read by another that only reads, as from a process beside the writer. */
eventStoreContract({
  name: 'embedded, read on another connection than it is written',
  secondWriter: EventStoreLocked,
  begin: async () => {
    const folder = await tempFolder();
    return {
      open: async () => readBeside(await EmbeddedEventStore.open({ folder, clock: realClock }), folder),
      openBeside: async () => new ReadOnlyEventStore(folder),
      dispose: () => rm(folder, { recursive: true }),
    };
  },
});

const readBeside = (writer: EmbeddedEventStore, folder: string): EventStore => {
  const reader = new ReadOnlyEventStore(folder);
  return {
    append: (stream, events, expected) => writer.append(stream, events, expected),
    read: (stream, options) => reader.read(stream, options),
    readAll: (after, options) => reader.readAll(after, options),
    subscribe: (after, options) => reader.subscribe(after, options),
    head: () => reader.head(),
    close: async () => {
      await reader.close();
      await writer.close();
    },
  };
};

describe('read-only event store', () => {
  it('appends nothing', async () => {
    await using temp = await openTempStore();
    const reader = new ReadOnlyEventStore(temp.folder);
    const failure = await reader.append().catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(StoreUnavailable);
    expect(await reader.head()).to.equal(beginning);
    await reader.close();
  });

  it('reads what a writer left that has gone', async () => {
    const { store, folder } = await openTempStore();
    const event = newEvent();
    await store.append('sale-1', [event], 'no-stream');
    await store.close();
    const reader = new ReadOnlyEventStore(folder);
    expect((await reader.read('sale-1'))[0]).to.deep.include(event);
    await reader.close();
    await rm(folder, { recursive: true });
  });

  it('refuses a folder without events', async () => {
    const folder = await tempFolder();
    expect(() => new ReadOnlyEventStore(folder)).to.throw(`${folder} holds no events yet`);
    await rm(folder, { recursive: true });
  });

  it('gives each who subscribes all that it asked for, however far behind it is', async () => {
    await using temp = await openTempStore();
    const reader = new ReadOnlyEventStore(temp.folder);
    const stop = new AbortController();
    const types = ['PlacesHeld', 'SaleOpened', 'SalePaused'];
    const rounds = 60;
    const subscribe = async (filter: { types?: readonly string[] }, wanted: number, dawdleMs: number) => {
      const seen: string[] = [];
      for await (const { events } of reader.subscribe(beginning, { filter, signal: stop.signal })) {
        seen.push(...events.map(({ id }) => id));
        if (seen.length >= wanted) break;
        await new Promise((resolve) => setTimeout(resolve, dawdleMs));
      }
      return seen;
    };
    const written: NewEvent[] = [];
    const subscribers = [
      subscribe({}, rounds * 100, 0),
      subscribe({ types: ['SalePaused'] }, rounds * 33, 0),
      subscribe({ types: ['PlacesHeld', 'SaleOpened'] }, rounds * 67, 150),
    ];
    for (let round = 0; round < rounds; round++) {
      const events = Array.from({ length: 100 }, (_, n) => newEvent(types[n % 3]));
      await temp.store.append(`sale-${round}`, events, 'no-stream');
      written.push(...events);
    }
    const idsOf = (...wanted: readonly string[]) =>
      written.filter(({ type }) => wanted.includes(type)).map(({ id }) => id);
    const [all, paused, slow] = await Promise.all(subscribers);
    expect(all).to.deep.equal(idsOf(...types));
    expect(paused).to.deep.equal(idsOf('SalePaused'));
    expect(slow).to.deep.equal(idsOf('PlacesHeld', 'SaleOpened'));
    stop.abort();
    await reader.close();
  });
});
