import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { SaleEvent } from '../../../src/domain/ticketing/sale-events.js';
import {
  availability,
  type SaleDocument,
  type SeatMapDocument,
} from '../../../src/projections/ticketing/availability.js';
import { given, uncovered } from '../../support/projection.js';
import { recordedAt, type Step } from '../../support/recorded.js';

const announced = {
  type: 'SaleAnnounced',
  data: {
    saleId: 's',
    name: 'Noite',
    venue: 'Sala',
    startsAt: 9_000_000,
    capacity: 5,
    price: { amountMinor: 1_500, currency: 'EUR' },
    perPersonLimit: 4,
    holdSeconds: 60,
    announcedAt: 1_000,
  },
} satisfies SaleEvent;
const announcedWithSeats: SaleEvent = {
  type: 'SaleAnnounced',
  data: { ...announced.data, capacity: 3, seats: ['A 1', 'A 2', '3'] },
};
const opened: SaleEvent = { type: 'SaleOpened', data: { openedAt: 2_000 } };
const paused: SaleEvent = { type: 'SalePaused', data: { pausedAt: 3_000 } };
const closed: SaleEvent = { type: 'SaleClosed', data: { closedAt: 4_000 } };
const enlarged: SaleEvent = { type: 'CapacityChanged', data: { capacity: 8, changedAt: 3_000 } };

const places = { orderId: 'o', personId: 'p', quantity: 2 };
const seats = ['A 1', '3'];
const held: SaleEvent = { type: 'PlacesHeld', data: { ...places, heldAt: 3_000, expiresAt: 63_000 } };
const seatsHeld: SaleEvent = { type: 'PlacesHeld', data: { ...places, seats, heldAt: 3_000, expiresAt: 63_000 } };
const extended: SaleEvent = {
  type: 'HoldExtended',
  data: { orderId: 'o', expiresAt: 93_000, reason: 'buyer', extendedAt: 4_000 },
};
const sold: SaleEvent = { type: 'PlacesSold', data: { ...places, ticketIds: ['t-1', 't-2'], soldAt: 5_000 } };
const seatsSold: SaleEvent = {
  type: 'PlacesSold',
  data: { ...places, seats, ticketIds: ['t-1', 't-2'], soldAt: 5_000 },
};
const seatReturned: SaleEvent = {
  type: 'PlacesReturned',
  data: { ...places, quantity: 1, seats: ['3'], ticketIds: ['t-2'], returnedAt: 6_000 },
};

const ofSale = (...events: readonly SaleEvent[]): readonly Step[] => events.map((event) => ['sale-s', event]);

/** What is announced, and nothing else yet. */
const sale: SaleDocument = {
  saleId: 's',
  name: 'Noite',
  venue: 'Sala',
  startsAt: 9_000_000,
  timeZone: 'UTC',
  opensAt: null,
  closesAt: null,
  capacity: 5,
  price: { amountMinor: 1_500, currency: 'EUR' },
  perPersonLimit: 4,
  holdSeconds: 60,
  status: 'announced',
  held: 0,
  sold: 0,
  hasSeats: false,
  listKey: '0000000009000000~s',
  asOf: recordedAt(0),
  revision: '0',
};
const withSeats: SaleDocument = { ...sale, capacity: 3, hasSeats: true };
const seatMap: SeatMapDocument = { seats: ['A 1', 'A 2', '3'], taken: {} };

describe('availability', () => {
  it('shows what was announced, all of it free', () => {
    given(availability, ofSale(announced)).then({ sales: { s: sale } });
  });

  it('has the map of named seats apart from the figures', () => {
    given(availability, ofSale(announcedWithSeats)).then({ sales: { s: withSeats }, 'seat-maps': { s: seatMap } });
  });

  it('opens, pauses and closes', () => {
    const shown = (revision: number, status: SaleDocument['status']) => ({
      sales: { s: { ...sale, status, asOf: recordedAt(revision), revision: String(revision) } },
    });
    given(availability, ofSale(announced, opened)).then(shown(1, 'open'));
    given(availability, ofSale(announced, opened, paused)).then(shown(2, 'paused'));
    given(availability, ofSale(announced, opened, paused, opened)).then(shown(3, 'open'));
    given(availability, ofSale(announced, opened, closed)).then(shown(2, 'closed'));
  });

  it('has the capacity that was set last', () => {
    given(availability, ofSale(announced, enlarged)).then({
      sales: { s: { ...sale, capacity: 8, asOf: recordedAt(1), revision: '1' } },
    });
  });

  it('counts what is held, also once the hold is extended', () => {
    given(availability, ofSale(announced, opened, held, extended)).then({
      sales: { s: { ...sale, status: 'open', held: 2, asOf: recordedAt(3), revision: '3' } },
    });
  });

  for (const [how, over] of [
    ['lapsed', { type: 'HoldLapsed', data: { ...places, seats, lapsedAt: 63_000 } }],
    ['released', { type: 'HoldReleased', data: { ...places, seats, releasedAt: 5_000 } }],
  ] as const) {
    it(`has the places of a hold again that was ${how}`, () => {
      given(availability, ofSale(announcedWithSeats, opened, seatsHeld, over)).then({
        sales: { s: { ...withSeats, status: 'open', asOf: recordedAt(3), revision: '3' } },
        'seat-maps': { s: seatMap },
      });
    });
  }

  it('has the places of a lapsed hold all the same when they are forgone', () => {
    const lapsed: SaleEvent = { type: 'HoldLapsed', data: { ...places, lapsedAt: 63_000 } };
    const forgone: SaleEvent = { type: 'PlacesForgone', data: { orderId: 'o', forgoneAt: 64_000 } };
    given(availability, ofSale(announced, opened, held, lapsed, forgone)).then({
      sales: { s: { ...sale, status: 'open', asOf: recordedAt(4), revision: '4' } },
    });
  });

  it('counts what is sold as held no more', () => {
    given(availability, ofSale(announced, opened, held, sold)).then({
      sales: { s: { ...sale, status: 'open', sold: 2, asOf: recordedAt(3), revision: '3' } },
    });
  });

  it('marks the seats that are held, sold and returned', () => {
    const shown = (revision: number, counts: Partial<SaleDocument>, taken: SeatMapDocument['taken']) => ({
      sales: {
        s: { ...withSeats, status: 'open', ...counts, asOf: recordedAt(revision), revision: String(revision) },
      },
      'seat-maps': { s: { ...seatMap, taken } },
    });
    const begin = [announcedWithSeats, opened, seatsHeld];
    given(availability, ofSale(...begin)).then(shown(2, { held: 2 }, { A_20_1: 'held', _3: 'held' }));
    given(availability, ofSale(...begin, seatsSold)).then(shown(3, { sold: 2 }, { A_20_1: 'sold', _3: 'sold' }));
    given(availability, ofSale(...begin, seatsSold, seatReturned)).then(shown(4, { sold: 1 }, { A_20_1: 'sold' }));
  });

  it('keeps sales apart', () => {
    const other: SaleEvent = { type: 'SaleAnnounced', data: { ...announced.data, saleId: 'z' } };
    given(availability, [...ofSale(announced), ['sale-z', other]]).then({
      sales: { s: sale, z: { ...sale, saleId: 'z', listKey: '0000000009000000~z', asOf: recordedAt(1) } },
    });
  });

  it('was given every event of a sale', () => {
    expect(uncovered(availability)).to.deep.equal([]);
  });
});
