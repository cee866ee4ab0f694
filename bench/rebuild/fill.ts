import { randomUUID } from 'node:crypto';
import type { ExpectedRevision } from '../../src/application/ports/event-store.js';
import { systemClock } from '../../src/infrastructure/clock/system-clock.js';
import { EmbeddedEventStore } from '../../src/infrastructure/event-store/embedded/embedded-event-store.js';
import { openCatalogue } from '../../src/main/catalogue.js';
import { onJob } from '../harness/task.js';
import { eventsPerTicket, historyOf, streamOf, turnsOf } from './history.js';

export interface FillJob {
  readonly folder: string;
  readonly seed: number;
  readonly tickets: number;
  readonly writers: number;
}

export interface Filled {
  readonly events: number;
  readonly seconds: number;
}

const metadata = JSON.stringify({ correlationId: randomUUID(), causationId: randomUUID(), actor: 'door' });

/** Several writers at once on one store, each event an append of its own. */
onJob<FillJob, Filled>(async ({ folder, seed, tickets, writers }) => {
  const store = await EmbeddedEventStore.open({ folder, clock: systemClock });
  const catalogue = openCatalogue();
  let events = 0;
  const write = async (writer: number): Promise<void> => {
    const left = new Map<number, ReturnType<typeof historyOf>>();
    for (const number of turnsOf(seed, tickets, writer, writers)) {
      const history = left.get(number) ?? historyOf(seed, number);
      const [event, ...rest] = history;
      if (event === undefined) throw new Error(`ticket ${number} has no more events`);
      const whole = eventsPerTicket - history.length;
      const expected: ExpectedRevision = whole === 0 ? 'no-stream' : BigInt(whole - 1);
      await store.append(streamOf(number), [{ id: randomUUID(), ...catalogue.encode(event), metadata }], expected);
      events++;
      if (rest.length === 0) left.delete(number);
      else left.set(number, rest);
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  const seconds = (performance.now() - begun) / 1_000;
  await store.close();
  return { events, seconds };
});
