import { expect } from 'chai';
import { plainState } from '../../../src/application/audit/plain-state.js';
import { BeyondStream, type Moment, StreamAuditor } from '../../../src/application/audit/stream-audit.js';
import type { RecordedEvent } from '../../../src/application/ports/event-store.js';
import { sale } from '../../../src/domain/ticketing/sale.js';
import { deciders, openCatalogue } from '../../../src/main/catalogue.js';
import { openTempStore } from '../../support/temp-store.js';

const catalogue = openCatalogue();
const hall = {
  saleId: 's',
  name: 'First night',
  venue: 'Town hall',
  startsAt: 9_000,
  capacity: 10,
  price: { amountMinor: 100, currency: 'EUR' },
  perPersonLimit: 4,
  holdSeconds: 60,
  announcedAt: 1_000,
};

const stored = (type: string, data: object, revision: number, recordedAt: number): RecordedEvent => ({
  id: `id-${revision}`,
  ...catalogue.encode({ type, data }, { correlationId: 'c', causationId: 'd' }),
  stream: 'sale-s',
  revision: BigInt(revision),
  position: String(revision) as RecordedEvent['position'],
  recordedAt,
});

const history = [
  stored('SaleAnnounced', hall, 0, 1_000),
  stored('SaleOpened', { openedAt: 2_000 }, 1, 2_000),
  // The store's clock was set back.
  stored('CapacityChanged', { capacity: 20, changedAt: 1_500 }, 2, 1_500),
  stored('SalePaused', { pausedAt: 4_000 }, 3, 4_000),
];

const auditorOf = (events: readonly RecordedEvent[]): StreamAuditor => {
  const read = async (stream: string, { from = 0n, limit = 1_000 } = {}) =>
    events.filter((event) => event.stream === stream && event.revision >= from).slice(0, limit);
  return new StreamAuditor({ read }, catalogue, deciders);
};

const show = async (moment?: Moment, events = history) => {
  const audit = await auditorOf(events).show('sale-s', moment);
  if (audit === undefined) throw new Error('there is no such stream');
  const state = plainState(audit.state);
  return { ...audit, length: audit.history.length, state };
};

describe('audit of a stream', () => {
  it('shows all of it, and the state that it came to', async () => {
    const { length, state } = await show();
    expect(length).to.equal(4);
    expect(state).to.deep.include({ status: 'paused', capacity: 20, held: 0, sold: 0, orders: {}, persons: {} });
  });

  it('ends at a revision', async () => {
    const { length, state } = await show({ revision: 1n });
    expect(length).to.equal(2);
    expect(state).to.deep.include({ status: 'open', capacity: 10 });
  });

  it('ends at a time, that moment included', async () => {
    expect((await show({ at: 3_999 })).state).to.deep.include({ status: 'open', capacity: 20 });
    expect((await show({ at: 4_000 })).state).to.deep.include({ status: 'paused' });
    expect(await show({ at: 999 })).to.deep.include({ length: 0, state: { status: 'none' } });
  });

  it('leaves out what follows a later event, whatever time it was given', async () => {
    expect(await show({ at: 1_999 })).to.deep.include({ length: 1 });
  });

  it('tells no time before that of an earlier event, and has each event at the time that it tells', async () => {
    const { history: told } = await show();
    expect(told.map(({ event }) => event.recordedAt)).to.deep.equal([1_000, 2_000, 2_000, 4_000]);
    for (const { event } of told) {
      const { history: known } = await show({ at: event.recordedAt });
      expect(known.map(({ event: { revision } }) => revision)).to.include(event.revision);
    }
  });

  it('tells apart a stream that is not there and a revision that is not', async () => {
    expect(await auditorOf(history).show('sale-other')).to.equal(undefined);
    const failure = await show({ revision: 4n }).catch((cause: unknown) => cause);
    expect(failure).to.be.instanceOf(BeyondStream).with.property('message', 'sale-s has come to revision 3 only');
  });

  it('shows the history past an event that can not be read, and says where the state ends', async () => {
    const events = history.map((event) => (event.type === 'SalePaused' ? { ...event, type: 'SaleVanished' } : event));
    const { length, state, unreadable } = await show(undefined, events);
    expect(length).to.equal(4);
    expect(state).to.deep.include({ status: 'open' });
    expect(unreadable).to.include('SaleVanished').and.include('sale-s@3');
  });

  it('shows a stream longer than a page', async () => {
    await using temp = await openTempStore();
    const long = Array.from({ length: 2_345 }, (_, index) => stored('SaleOpened', { openedAt: index }, index, index));
    for (const [index, { id: _, ...event }] of long.entries()) long[index] = { ...event, id: crypto.randomUUID() };
    await temp.store.append('sale-s', long, 'no-stream');
    const audit = await new StreamAuditor(temp.store, catalogue, deciders).show('sale-s');
    expect(audit?.history.map(({ event }) => event.id)).to.deep.equal(long.map(({ id }) => id));
  });

  it('has no state where no aggregate has such streams', async () => {
    const events = history.map((event) => ({ ...event, stream: 'choir-s' }));
    const audit = await auditorOf(events).show('choir-s');
    expect(audit?.history.length).to.equal(4);
    expect(audit?.state).to.equal(undefined);
  });
});

describe('plain state', () => {
  it('has maps as objects, sets as lists, and leaves out what has no form', () => {
    class Heap {
      readonly entries = [1];
    }
    const state = {
      map: new Map<string, unknown>([['__proto__', new Set([1, 2])]]),
      list: [new Map([['a', 1n]])],
      heapIndex: 3,
      heap: new Heap(),
      none: undefined,
      nothing: null,
      never: Number.NEGATIVE_INFINITY,
    };
    expect(JSON.stringify(plainState(state))).to.equal(
      '{"map":{"__proto__":[1,2]},"list":[{"a":"1"}],"nothing":null,"never":null}',
    );
  });

  it('holds every place of a sale', () => {
    let state = sale.initialState();
    state = sale.evolve(state, { type: 'SaleAnnounced', data: { ...hall, seats: ['A1', 'A2'] } });
    const held = { orderId: 'o', personId: 'p', quantity: 1, seats: ['A1'], heldAt: 1, expiresAt: 2 };
    state = sale.evolve(state, { type: 'PlacesHeld', data: held });
    expect(plainState(state)).to.deep.include({
      held: 1,
      seats: { A1: 'o', A2: null },
      persons: { p: 1 },
      orders: { o: { ...held, heldUntil: 2, status: 'held', isReacquired: false, ticketIds: [], returned: [] } },
    });
  });
});
