import { randomUUID } from 'node:crypto';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { beginning, type EventStore } from '../../src/application/ports/event-store.js';
import { EventStoreDbEventStore } from '../../src/infrastructure/event-store/eventstoredb/eventstoredb-event-store.js';
import { EventStoreProcess } from '../../tests/support/event-store-process.js';
import type { Benchmark } from '../benchmark.js';
import { alternate, type Entrant, type Round, ratesSpread, ratioSpread } from '../harness/pairs.js';

const inFlight = 64;
const data = { saleId: '7f5c5a3e', orderId: 'b1f0', quantity: 2 };
const metadata = { correlationId: 'c', causationId: 'c' };

type AppendOne = (stream: string, revision: number) => Promise<unknown>;

const perSecond = async (count: number, work: () => Promise<unknown>): Promise<Round> => {
  const startedAt = performance.now();
  await work();
  return { perSecond: (count * 1_000) / (performance.now() - startedAt) };
};

/** Appends of one event each, 64 in flight over one connection, each to a stream of its own. */
const appending = (name: string, count: number, append: AppendOne): Entrant<Round> => ({
  name,
  run: (round) =>
    perSecond(count, async () => {
      let left = count;
      const write = async (_: unknown, writer: number): Promise<void> => {
        for (let revision = 0; left-- > 0; revision++) await append(`${name}-${round}-${writer}`, revision);
      };
      await Promise.all(Array.from({ length: inFlight }, write));
    }),
});

const readAll = async (store: EventStore): Promise<number> => {
  for (let [after, count] = [beginning, 0]; ; ) {
    const page = await store.readAll(after);
    count += page.events.length;
    if (page.isHead) return count;
    after = page.next;
  }
};

/** The adapter and the official client on the wire server of our own, or the server that `EVENTSTORE_URL` names. */
export const benchmark: Benchmark = {
  name: 'event-store-protocol',
  run: async ({ isShort, say }) => {
    const given = process.env.EVENTSTORE_URL;
    const server = given === undefined ? await EventStoreProcess.start() : undefined;
    const url = given ?? server?.url ?? '';
    const store = EventStoreDbEventStore.connect(url, { deadlineMs: 30_000, maxInFlight: inFlight });
    const client = EventStoreDBClient.connectionString(url);
    const count = isShort ? 5_000 : 40_000;
    const run = randomUUID();
    try {
      const adapter: AppendOne = (stream, revision) =>
        store.append(
          `${stream}-${run}`,
          [{ id: randomUUID(), type: 'PlacesHeld', data: JSON.stringify(data), metadata: JSON.stringify(metadata) }],
          revision === 0 ? 'no-stream' : BigInt(revision - 1),
        );
      const official: AppendOne = (stream, revision) =>
        client.appendToStream(`${stream}-${run}`, jsonEvent({ type: 'PlacesHeld', data, metadata }), {
          expectedRevision: revision === 0 ? 'no_stream' : BigInt(revision - 1),
        });
      const entrants = [appending('adapter', count, adapter), appending('client', count, official)];
      const rounds = await alternate(entrants, {
        rounds: isShort ? 1 : 5,
        onRound: (name, round, { perSecond }) => say(`${name} ${round}: ${Math.round(perSecond)} appends/s`),
      });
      const expected = count * entrants.length * ((isShort ? 1 : 5) + 1);
      let found = 0;
      const reading = await perSecond(expected, async () => {
        found = await readAll(store);
      });
      return {
        correct: given === undefined ? found === expected : found >= expected,
        ratio: { client: ratioSpread(rounds, 'adapter', 'client').median },
        figures: {
          server: await store.server(),
          inFlight,
          adapterAppendsPerSecond: ratesSpread(rounds, 'adapter'),
          clientAppendsPerSecond: ratesSpread(rounds, 'client'),
          readAllEventsPerSecond: Math.round(reading.perSecond),
        },
      };
    } finally {
      await store.close();
      await client.dispose();
      await server?.dispose();
    }
  },
};
