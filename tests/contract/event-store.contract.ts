import { expect } from 'chai';
import { type EventStore, WrongExpectedRevision } from '../../src/application/ports/event-store.js';
import { failureOf } from '../support/failure-of.js';
import { idsOf, many, StoreCase, type StorePlace } from '../support/store-case.js';
import { newEvent } from '../support/temp-store.js';
import { instancesContract, type SecondWriter } from './event-store-instances.contract.js';
import { subscriptionsContract } from './event-store-subscriptions.contract.js';

export interface StoreUnderTest {
  readonly name: string;
  readonly secondWriter: SecondWriter;
  begin(): Promise<StorePlace>;
}

/** What every event store promises, also to one of several instances on a store that others write to. */
export const eventStoreContract = ({ name, secondWriter, begin }: StoreUnderTest): void => {
  describe(`event store contract: ${name}`, () => {
    let own: StoreCase;
    let store: EventStore;
    beforeEach(async () => {
      ({ case: own, store } = await StoreCase.begin(await begin()));
    });
    afterEach(() => own.end());

    it('gives back what was appended, byte for byte', async () => {
      const data = JSON.stringify({ text: 'žluťoučký 🎟️ \u0000 \u2028 "\\', spaces: '  ' }).replace('{', '{ ');
      const metadata = '{"schemaVersion":3,  "causationId":"ž"}';
      const event = { ...newEvent('TicketIssued', data), metadata };
      const stream = own.stream('ticket-ž');
      const { revision, position } = await store.append(stream, [event], 'no-stream');
      expect(revision).to.equal(0n);
      const [stored] = await store.read(stream);
      expect(stored).to.deep.include({ ...event, stream, revision: 0n, position });
      expect(stored?.recordedAt).to.be.a('number');
    });

    it('keeps large events', async () => {
      const event = newEvent('PlacesHeld', JSON.stringify('é'.repeat(400_000)));
      await store.append(own.stream('sale'), [event], 'no-stream');
      expect((await store.read(own.stream('sale')))[0]?.data).to.equal(event.data);
    });

    it('refuses an append of nothing', async () => {
      expect(await failureOf(store.append(own.stream('sale'), [], 'no-stream'))).to.be.instanceOf(RangeError);
    });

    it('refuses more bytes than it says one append may have', async () => {
      const { maxAppendBytes } = store;
      if (maxAppendBytes === undefined) return;
      const event = newEvent('PlacesHeld', JSON.stringify('x'.repeat(maxAppendBytes)));
      expect(await failureOf(store.append(own.stream('sale'), [event], 'no-stream'))).to.be.instanceOf(RangeError);
      expect(await store.read(own.stream('sale'))).to.deep.equal([]);
    });

    it('answers an append of several events with the last one, as all streams give it', async () => {
      const events = many(3);
      const [, answer] = await Promise.all([
        store.append(own.stream('sale-1'), many(5), 'no-stream'),
        store.append(own.stream('sale-2'), events, 'no-stream'),
        store.append(own.stream('sale-3'), many(5), 'no-stream'),
      ]);
      const last = (await own.all(store)).find(({ id }) => id === events[2]?.id);
      expect(last).to.deep.include({ stream: own.stream('sale-2'), revision: 2n });
      expect(answer).to.deep.equal({ revision: 2n, position: last?.position });
      const next = await store.append(own.stream('sale-2'), many(2), answer.revision);
      expect(next).to.deep.equal({ revision: 4n, position: (await own.all(store)).at(-1)?.position });
    });

    it('refuses another expected revision and names the actual one', async () => {
      const stream = own.stream('sale');
      await store.append(stream, many(2), 'no-stream');
      for (const expected of ['no-stream', 0n, 2n, 2n ** 62n] as const) {
        const error = await failureOf(store.append(stream, many(1), expected));
        expect(error).to.be.instanceOf(WrongExpectedRevision).and.deep.include({ stream, expected, actual: 1n });
      }
      const missing = await failureOf(store.append(own.stream('order'), many(1), 0n));
      expect(missing).to.be.instanceOf(WrongExpectedRevision).and.deep.include({ actual: 'no-stream' });
      expect(await own.all(store)).to.have.length(2);
    });

    it('finds an append whose answer was lost by the same ids behind the same revision, also behind later ones', async () => {
      const stream = own.stream('sale');
      const first = many(3);
      const answer = await store.append(stream, first, 'no-stream');
      const second = many(2);
      const later = await store.append(stream, second, answer.revision);
      expect(await store.append(stream, first, 'no-stream')).to.deep.equal(answer);
      expect(await store.append(stream, second, answer.revision)).to.deep.equal(later);
      expect(idsOf(await store.read(stream))).to.deep.equal(idsOf([...first, ...second]));
    });

    it('refuses other ids behind a revision that has gone by, also if some are the same', async () => {
      const stream = own.stream('sale');
      const first = many(3);
      await store.append(stream, first, 'no-stream');
      const wrong = [
        [...first, newEvent()],
        [...first.slice(0, 2), newEvent()],
        [newEvent(), ...first.slice(1)],
        [...first].reverse(),
        first.slice(1),
      ];
      for (const events of wrong) {
        const error = await failureOf(store.append(stream, events, 'no-stream'));
        expect(error).to.be.instanceOf(WrongExpectedRevision).and.deep.include({ actual: 2n });
      }
      expect(await store.read(stream)).to.have.length(3);
    });

    it('lets one of many writers win each revision', async () => {
      const attempts = await Promise.all(
        many(20).map((event) => failureOf(store.append(own.stream('sale'), [event], 'no-stream'))),
      );
      expect(attempts.filter((error) => error === undefined)).to.have.length(1);
      expect(attempts.filter((error) => error instanceof WrongExpectedRevision)).to.have.length(19);
      expect(await store.read(own.stream('sale'))).to.have.length(1);
    });

    it('reads a stream in pages, both ways', async () => {
      const stream = own.stream('sale-1');
      const events = many(25);
      await store.append(stream, events, 'no-stream');
      await store.append(own.stream('sale-10'), many(3), 'no-stream');
      const ids = idsOf(events);
      expect(idsOf(await store.read(stream, { limit: 10 }))).to.deep.equal(ids.slice(0, 10));
      expect(idsOf(await store.read(stream, { from: 20n, limit: 10 }))).to.deep.equal(ids.slice(20));
      const last = await store.read(stream, { direction: 'backwards', limit: 2 });
      expect(last.map(({ revision }) => revision)).to.deep.equal([24n, 23n]);
      const first = await store.read(stream, { direction: 'backwards', from: 1n });
      expect(idsOf(first)).to.deep.equal([ids[1], ids[0]]);
      expect(await store.read(stream, { from: 25n })).to.deep.equal([]);
      expect(await store.read(own.stream('sale-3'))).to.deep.equal([]);
    });

    it('reads 1,000 events of a stream unless it is told otherwise, and as many as it is told', async () => {
      const stream = own.stream('sale');
      const events = many(2_500);
      for (let from = 0; from < events.length; from += 500) {
        await store.append(stream, events.slice(from, from + 500), from === 0 ? 'no-stream' : BigInt(from - 1));
      }
      const ids = idsOf(events);
      expect(idsOf(await store.read(stream))).to.deep.equal(ids.slice(0, 1_000));
      expect(idsOf(await store.read(stream, { from: 1_000n }))).to.deep.equal(ids.slice(1_000, 2_000));
      expect(idsOf(await store.read(stream, { from: 2_000n }))).to.deep.equal(ids.slice(2_000));
      expect(idsOf(await store.read(stream, { limit: 2_400 }))).to.deep.equal(ids.slice(0, 2_400));
      expect(idsOf(await store.read(stream, { direction: 'backwards', limit: 2_400 }))).to.deep.equal(
        ids.slice(100).reverse(),
      );
      expect(idsOf(await own.all(store, {}, 999))).to.deep.equal(ids);
      expect(idsOf(await own.all(store, {}, 2_400))).to.deep.equal(ids);
    });

    it('reads all streams in the order of the positions, each stream in the order of its revisions', async () => {
      const streams = ['sale', 'order', 'ticket'].map((name) => own.stream(name));
      await Promise.all(streams.map((stream) => store.append(stream, many(11), 'no-stream')));
      for (const stream of streams) await store.append(stream, many(2), 10n);
      const events = await own.all(store);
      expect(events).to.have.length(39);
      for (const stream of streams) {
        expect(events.filter((event) => event.stream === stream)).to.deep.equal(await store.read(stream));
      }
      const last = events.at(-1)?.position ?? '';
      expect((await store.head()) >= last, 'the head is not before the last event').to.equal(true);
    });

    it('filters by type', async () => {
      await store.append(own.stream('sale-1'), many(4, 'SaleOpened'), 'no-stream');
      await store.append(own.stream('order'), many(30, 'OrderPlaced'), 'no-stream');
      await store.append(own.stream('sale-2'), many(4, 'PlacesHeld'), 'no-stream');
      expect(await own.all(store, { types: ['SaleOpened'] })).to.have.length(4);
      expect(await own.all(store, { types: ['SaleOpened', 'PlacesHeld'] })).to.have.length(8);
      expect(await own.all(store, { types: ['Sale'] })).to.have.length(0);
    });

    it('moves past what a filter leaves out', async () => {
      const { position } = await store.append(own.stream('sale'), many(5), 'no-stream');
      let after = own.start;
      for (let isHead = false; !isHead; ) {
        const page = await store.readAll(after, { filter: { types: ['NobodyWritesThis'] } });
        expect(page.events).to.deep.equal([]);
        ({ next: after, isHead } = page);
      }
      expect(after >= position).to.equal(true);
      expect((await store.readAll(after)).events.filter((event) => own.isOwn(event))).to.deep.equal([]);
    });

    subscriptionsContract(() => ({ own, store }));
    instancesContract(() => ({ own, store }), secondWriter);
  });
};
