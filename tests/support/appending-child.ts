import { randomUUID } from 'node:crypto';
import { EmbeddedEventStore } from '../../src/infrastructure/event-store/embedded/embedded-event-store.js';
import { newEvent, realClock } from './temp-store.js';

/** Appends until it is killed, and says each id once its append is acknowledged. */
const store = await EmbeddedEventStore.open({ folder: String(process.argv[2]), clock: realClock });
const write = async (): Promise<never> => {
  const stream = `sale-${randomUUID()}`;
  for (let revision = -1n; ; revision += 2n) {
    const events = [newEvent(), newEvent()];
    await store.append(stream, events, revision < 0n ? 'no-stream' : revision);
    process.stdout.write(events.map(({ id }) => `${id}\n`).join(''));
  }
};
await Promise.all(Array.from({ length: 8 }, write));
