import { rm } from 'node:fs/promises';
import { expect } from 'chai';
import { beginning, type EventStore, StoreUnavailable } from '../../src/application/ports/event-store.js';
import { ReadOnlyEventStore } from '../../src/infrastructure/event-store/embedded/read-only-event-store.js';
import { newEvent, openTempStore, tempFolder } from '../support/temp-store.js';
import { eventStoreContract } from './event-store.contract.js';

/** What one connection writes is read by another that only reads, as from a process beside the writer. */
eventStoreContract('embedded, read beside its writer', async () => {
  const { store: writer, folder, dispose } = await openTempStore();
  const reader = new ReadOnlyEventStore(folder);
  const store: EventStore = {
    append: (stream, events, expected) => writer.append(stream, events, expected),
    read: (stream, options) => reader.read(stream, options),
    readAll: (after, options) => reader.readAll(after, options),
    subscribe: (after, options) => reader.subscribe(after, options),
    find: (eventId) => reader.find(eventId),
    head: () => reader.head(),
    close: () => reader.close(),
  };
  return {
    store,
    dispose: async () => {
      await reader.close();
      await dispose();
    },
  };
});

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
    expect(await reader.find(event.id)).to.deep.include(event);
    await reader.close();
    await rm(folder, { recursive: true });
  });

  it('refuses a folder without events', async () => {
    const folder = await tempFolder();
    expect(() => new ReadOnlyEventStore(folder)).to.throw(`${folder} holds no events yet`);
    await rm(folder, { recursive: true });
  });
});
