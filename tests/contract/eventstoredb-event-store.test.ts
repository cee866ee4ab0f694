import { EventStoreDbEventStore } from '../../src/infrastructure/event-store/eventstoredb/eventstoredb-event-store.js';
import { EventStoreProcess } from '../support/event-store-process.js';
import { eventStoreContract } from './event-store.contract.js';

describe('EventStoreDB adapter', () => {
  /** Any EventStoreDB or KurrentDB; without one the wire server of our own stands in. */
  let url = process.env.EVENTSTORE_URL ?? '';
  let own: EventStoreProcess | undefined;
  before(async () => {
    if (url === '') {
      own = await EventStoreProcess.start();
      ({ url } = own);
    }
    const store = EventStoreDbEventStore.connect(url);
    console.log(`      on ${await store.server()}`);
    await store.close();
  });
  after(() => own?.dispose());

  eventStoreContract({
    name: 'EventStoreDB',
    secondWriter: 'appends',
    begin: async () => ({
      open: async () => EventStoreDbEventStore.connect(url),
      openBeside: async () => EventStoreDbEventStore.connect(url),
      dispose: async () => undefined,
    }),
  });
});
