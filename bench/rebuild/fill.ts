import { randomUUID } from 'node:crypto';
import type { ExpectedRevision } from '../../src/application/ports/event-store.js';
import { systemClock } from '../../src/infrastructure/clock/system-clock.js';
import { EmbeddedEventStore } from '../../src/infrastructure/event-store/embedded/embedded-event-store.js';
import { openCatalogue } from '../../src/main/catalogue.js';
import { onJob } from '../harness/task.js';
import { turnsOf, type Writers } from './history.js';

export interface FillJob extends Writers {
  readonly folder: string;
  /** Appends that each writer has on their way, to streams of its own. */
  readonly inFlight: number;
}

export interface Filled {
  readonly events: number;
  readonly seconds: number;
}

const metadata = { correlationId: randomUUID(), causationId: randomUUID(), actor: 'door' };

/** Several writers at once on one store, each event an append of its own. */
onJob<FillJob, Filled>(async ({ folder, seed, tickets, writers, inFlight }) => {
  const store = await EmbeddedEventStore.open({ folder, clock: systemClock });
  const catalogue = openCatalogue();
  const lanes = { seed, tickets, writers: writers * inFlight };
  let events = 0;
  const write = async (lane: number): Promise<void> => {
    const revisions = new Map<string, ExpectedRevision>();
    for (const { stream, event } of turnsOf(lanes, lane)) {
      const news = [{ id: randomUUID(), ...catalogue.encode(event, metadata) }];
      const { revision } = await store.append(stream, news, revisions.get(stream) ?? 'no-stream');
      revisions.set(stream, revision);
      events++;
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: lanes.writers }, (_, lane) => write(lane)));
  const seconds = (performance.now() - begun) / 1_000;
  await store.close();
  return { events, seconds };
});
