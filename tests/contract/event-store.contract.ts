import { expect } from 'chai';
import {
  beginning,
  type EventFilter,
  type EventStore,
  type NewEvent,
  type Position,
  type StoredEvent,
  WrongExpectedRevision,
} from '../../src/application/ports/event-store.js';
import { failureOf } from '../support/failure-of.js';
import { newEvent } from '../support/temp-store.js';

export interface StoreUnderTest {
  readonly store: EventStore;
  dispose(): Promise<void>;
}

const many = (count: number, type?: string): NewEvent[] => Array.from({ length: count }, () => newEvent(type));

const idsOf = (events: readonly { readonly id: string }[]): string[] => events.map(({ id }) => id);

const allOf = async (store: EventStore, filter: EventFilter = {}, limit = 7): Promise<StoredEvent[]> => {
  const events: StoredEvent[] = [];
  for (let after: Position = beginning; ; ) {
    const page = await store.readAll(after, { filter, limit });
    expect(page.events.length).to.be.at.most(limit);
    events.push(...page.events);
    if (page.isHead) return events;
    expect(page.next > after, 'a page moves on').to.equal(true);
    after = page.next;
  }
};

/** What every event store promises; each case gets an empty store. */
export const eventStoreContract = (name: string, open: () => Promise<StoreUnderTest>): void => {
  describe(`event store contract: ${name}`, () => {
    let subject: StoreUnderTest;
    let store: EventStore;
    beforeEach(async () => {
      subject = await open();
      store = subject.store;
    });
    afterEach(() => subject.dispose());

    it('gives back what was appended, byte for byte', async () => {
      const data = JSON.stringify({ text: 'žluťoučký 🎟️ \u0000 \u2028 "\\', spaces: '  ' }).replace('{', '{ ');
      const metadata = '{"schemaVersion":3,  "causationId":"ž"}';
      const event = { ...newEvent('TicketIssued', data), metadata };
      const { revision, position } = await store.append('ticket-ž', [event], 'no-stream');
      expect(revision).to.equal(0n);
      const [stored] = await store.read('ticket-ž');
      expect(stored).to.deep.include({ ...event, stream: 'ticket-ž', revision: 0n, position });
      expect(stored?.recordedAt).to.be.a('number');
    });

    it('keeps large events', async () => {
      const event = newEvent('PlacesHeld', JSON.stringify('é'.repeat(400_000)));
      await store.append('sale-1', [event], 'no-stream');
      expect((await store.read('sale-1'))[0]?.data).to.equal(event.data);
    });

    it('refuses an append of nothing', async () => {
      expect(await failureOf(store.append('sale-1', [], 'no-stream'))).to.be.instanceOf(RangeError);
    });

    it('refuses another expected revision and names the actual one', async () => {
      await store.append('sale-1', many(2), 'no-stream');
      for (const expected of ['no-stream', 0n, 2n, 2n ** 62n] as const) {
        const error = await failureOf(store.append('sale-1', many(1), expected));
        expect(error).to.be.instanceOf(WrongExpectedRevision).and.deep.include({ expected, actual: 1n });
      }
      const missing = await failureOf(store.append('sale-2', many(1), 0n));
      expect(missing).to.be.instanceOf(WrongExpectedRevision).and.deep.include({ actual: 'no-stream' });
      expect(await allOf(store)).to.have.length(2);
    });

    it('answers a repeated append as the first time, also behind later ones', async () => {
      const first = many(3);
      const answer = await store.append('sale-1', first, 'no-stream');
      await store.append('sale-1', many(2), answer.revision);
      expect(await store.append('sale-1', first, 'no-stream')).to.deep.equal(answer);
      expect(await store.read('sale-1')).to.have.length(5);
      const longer = await failureOf(store.append('sale-1', [...first, newEvent()], 'no-stream'));
      expect(longer).to.be.instanceOf(WrongExpectedRevision);
    });

    it('lets one of many writers win each revision', async () => {
      const attempts = await Promise.all(
        many(20).map((event) => failureOf(store.append('sale-1', [event], 'no-stream'))),
      );
      expect(attempts.filter((error) => error === undefined)).to.have.length(1);
      expect(attempts.filter((error) => error instanceof WrongExpectedRevision)).to.have.length(19);
      expect(await store.read('sale-1')).to.have.length(1);
    });

    it('keeps the order of one writer that does not wait', async () => {
      const events = many(50);
      await Promise.all(
        events.map((event, index) => store.append('sale-1', [event], index === 0 ? 'no-stream' : BigInt(index - 1))),
      );
      expect(idsOf(await store.read('sale-1'))).to.deep.equal(idsOf(events));
    });

    it('reads a stream in pages, both ways', async () => {
      const events = many(25);
      await store.append('sale-1', events, 'no-stream');
      await store.append('sale-10', many(3), 'no-stream');
      const ids = idsOf(events);
      expect(idsOf(await store.read('sale-1', { limit: 10 }))).to.deep.equal(ids.slice(0, 10));
      expect(idsOf(await store.read('sale-1', { from: 20n, limit: 10 }))).to.deep.equal(ids.slice(20));
      const last = await store.read('sale-1', { direction: 'backwards', limit: 2 });
      expect(last.map(({ revision }) => revision)).to.deep.equal([24n, 23n]);
      const start = await store.read('sale-1', { direction: 'backwards', from: 1n });
      expect(idsOf(start)).to.deep.equal([ids[1], ids[0]]);
      expect(await store.read('sale-1', { from: 25n })).to.deep.equal([]);
      expect(await store.read('sale-3')).to.deep.equal([]);
    });

    it('reads all streams in the order of the positions', async () => {
      for (const stream of ['sale-1', 'order-1', 'ticket-1']) await store.append(stream, many(11), 'no-stream');
      const events = await allOf(store);
      expect(events).to.have.length(33);
      const positions = events.map(({ position }) => position);
      expect(positions).to.deep.equal([...new Set(positions)].sort());
      expect(await store.head()).to.equal(positions.at(-1));
    });

    it('filters by type', async () => {
      await store.append('sale-a-b', many(4, 'SaleOpened'), 'no-stream');
      await store.append('sales-1', many(4, 'SaleOpened'), 'no-stream');
      await store.append('order-1', many(30, 'OrderPlaced'), 'no-stream');
      await store.append('sale-2', many(4, 'PlacesHeld'), 'no-stream');
      expect(await allOf(store, { types: ['SaleOpened'] })).to.have.length(8);
      expect(await allOf(store, { types: ['SaleOpened', 'PlacesHeld'] })).to.have.length(12);
      expect(await allOf(store, { types: ['Unknown'] })).to.have.length(0);
    });

    it('moves past what a filter leaves out', async () => {
      await store.append('sale-1', many(5), 'no-stream');
      const page = await store.readAll(beginning, { filter: { types: ['Unknown'] } });
      expect(page).to.deep.equal({ events: [], next: await store.head(), isHead: true });
    });

    it('is at the beginning while empty', async () => {
      expect(await store.head()).to.equal(beginning);
      expect(await store.readAll(beginning)).to.deep.equal({ events: [], next: beginning, isHead: true });
    });

    it('subscribes from the past into the present, nothing left out or doubled', async () => {
      const write = async (writer: number): Promise<void> => {
        for (let turn = 0; turn < 40; turn++) {
          await store.append(`sale-${writer}`, many(3), turn === 0 ? 'no-stream' : BigInt(turn * 3 - 1));
        }
      };
      await write(0);
      const signal = new AbortController();
      const writers = Promise.all([1, 2, 3, 4].map(write));
      const seen: StoredEvent[] = [];
      for await (const page of store.subscribe(beginning, { signal: signal.signal })) {
        seen.push(...page.events);
        if (seen.length >= 600) signal.abort();
      }
      await writers;
      expect(idsOf(seen)).to.deep.equal(idsOf(await allOf(store, {}, 1_000)));
    });

    it('wakes a subscriber that waits, and ends it with the signal', async () => {
      const signal = new AbortController();
      const pages = store
        .subscribe(beginning, { filter: { types: ['A'] }, signal: signal.signal })
        [Symbol.asyncIterator]();
      const waiting = pages.next();
      await store.append('sale-1', many(1, 'A'), 'no-stream');
      const page = await waiting;
      expect(page.done === true ? [] : page.value.events).to.have.length(1);
      const last = pages.next();
      signal.abort();
      expect((await last).done).to.equal(true);
    });
  });
};
