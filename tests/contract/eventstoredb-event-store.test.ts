import { rm } from 'node:fs/promises';
import { EventStoreDbEventStore } from '../../src/infrastructure/event-store/eventstoredb/eventstoredb-event-store.js';
import { startWireServer } from '../../src/infrastructure/event-store/wire-server/wire-server.js';
import { realClock, tempFolder } from '../support/temp-store.js';
import { eventStoreContract } from './event-store.contract.js';

/** Any EventStoreDB or KurrentDB; without one the wire server of our own stands in. */
const url = process.env.EVENTSTORE_URL;

/** Where the cases keep their events, for as long as the file runs. */
const begin = async (): Promise<{ readonly url: string; close(): Promise<void> }> => {
  if (url !== undefined) return { url, close: async () => undefined };
  const folder = await tempFolder();
  const server = await startWireServer({ folder, clock: realClock });
  return {
    url: server.url,
    close: async () => {
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
};

describe('EventStoreDB adapter', () => {
  let server: Awaited<ReturnType<typeof begin>>;
  before(async () => {
    server = await begin();
    const store = EventStoreDbEventStore.connect(server.url);
    console.log(`      on ${await store.server()}`);
    await store.close();
  });
  after(() => server.close());

  eventStoreContract({
    name: 'EventStoreDB',
    secondWriter: 'appends',
    begin: async () => ({
      open: async () => EventStoreDbEventStore.connect(server.url),
      openBeside: async () => EventStoreDbEventStore.connect(server.url),
      dispose: async () => undefined,
    }),
  });
});
