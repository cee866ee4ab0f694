import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { beginning, type NewEvent } from '../../src/application/ports/event-store.js';
import { EventStoreDbEventStore } from '../../src/infrastructure/event-store/eventstoredb/eventstoredb-event-store.js';
import { Chance } from '../support/attack/chance.js';
import { EventStoreProcess } from '../support/event-store-process.js';
import { newEvent } from '../support/temp-store.js';

const writers = 64;
/** How often it is killed: `EVENT_STORE_KILLS=100` for the long run. */
const kills = Number(process.env.EVENT_STORE_KILLS ?? 5);
const seed = Number(process.env.KILL_SEED ?? Math.floor(Math.random() * 1_000_000));

interface Acknowledged {
  readonly id: string;
  readonly stream: string;
  readonly revision: bigint;
}

describe('boxoffice event-store, killed at random', () => {
  it(`loses nothing that was acknowledged, ${kills} times, with ${writers} appends in flight`, async function () {
    this.timeout(60_000 + kills * 20_000);
    const chance = new Chance(seed);
    const server = await EventStoreProcess.start();
    const acknowledged: Acknowledged[] = [];
    /** Appends to a stream of its own until one isn't acknowledged. */
    const write = async (store: EventStoreDbEventStore): Promise<void> => {
      const stream = `sale-${randomUUID()}`;
      for (let revision = -1n; ; ) {
        const events: NewEvent[] = chance.next() < 0.5 ? [newEvent()] : [newEvent(), newEvent()];
        const answer = await store
          .append(stream, events, revision < 0n ? 'no-stream' : revision)
          .catch(() => undefined);
        if (answer === undefined) return;
        for (const { id } of events) acknowledged.push({ id, stream, revision: ++revision });
        expect(answer.revision).to.equal(revision);
      }
    };
    try {
      for (let kill = 0; kill < kills; kill++) {
        const store = EventStoreDbEventStore.connect(server.url, { deadlineMs: 2_000, maxInFlight: writers });
        const target = acknowledged.length + 50 + chance.whole(0, 400);
        const writing = Promise.all(Array.from({ length: writers }, () => write(store)));
        while (acknowledged.length < target) await new Promise((resolve) => setTimeout(resolve, 1));
        await server.kill();
        await writing;
        await store.close();
        await server.restart();
      }
      const store = EventStoreDbEventStore.connect(server.url);
      const stored = new Map<string, string>();
      let count = 0;
      for (let after = beginning; ; ) {
        const page = await store.readAll(after);
        for (const { id, stream, revision } of page.events) stored.set(id, `${stream} ${revision}`);
        count += page.events.length;
        if (page.isHead) break;
        after = page.next;
      }
      await store.close();
      const lost = acknowledged.filter(({ id, stream, revision }) => stored.get(id) !== `${stream} ${revision}`);
      expect(lost, `acknowledged and lost with KILL_SEED=${seed}`).to.deep.equal([]);
      expect(stored.size, 'each is stored once').to.equal(count);
      console.log(`      ${acknowledged.length} acknowledged over ${kills} kills, none lost`);
    } finally {
      await server.dispose();
    }
  });
});
