import { randomUUID } from 'node:crypto';
import { systemClock } from '../../src/infrastructure/clock/system-clock.js';
import { EmbeddedEventStore } from '../../src/infrastructure/event-store/embedded/embedded-event-store.js';
import { openCatalogue } from '../../src/main/catalogue.js';
import { onJob } from '../harness/task.js';
import { bankHistory } from './bank-history.js';

export interface FillJob {
  readonly folder: string;
  readonly transactions: number;
}

export interface Filled {
  readonly events: number;
}

const inFlight = 500;
const metadata = { correlationId: randomUUID(), causationId: randomUUID() };

onJob<FillJob, Filled>(async ({ folder, transactions }) => {
  const store = await EmbeddedEventStore.open({ folder, clock: systemClock });
  const catalogue = openCatalogue();
  const histories = bankHistory(transactions, Date.now());
  let appended = 0;
  const write = async (): Promise<void> => {
    for (const { stream, events } of histories) {
      const news = events.map((event) => ({ id: randomUUID(), ...catalogue.encode(event, metadata) }));
      await store.append(stream, news, 'no-stream');
      appended += news.length;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, write));
  await store.close();
  return { events: appended };
});
