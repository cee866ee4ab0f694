import { expect } from 'chai';
import { sale } from '../../../src/domain/ticketing/sale.js';
import type { SaleEvent } from '../../../src/domain/ticketing/sale-events.js';
import { availability, termsOf } from '../../../src/domain/ticketing/sale-state.js';
import { fold, given } from '../../support/decider.js';
import {
  admission,
  announce,
  announced,
  closed,
  expiresAt,
  extended,
  held,
  heldAt,
  hold,
  holdMs,
  lapsed,
  opened,
  paused,
  placesOf,
  returned,
  seated,
  seatsOf,
  sold,
  ticketsOf,
} from '../../support/sale-story.js';

const now = heldAt;
const two = placesOf('o-1', 'ana', 2);

describe('sale', () => {
  describe('from announcement to close', () => {
    it('is announced once, on its first terms', () => {
      given(sale, []).when(announce).then(announced);
      given(sale, [announced])
        .when({ ...announce, now: 2_000 })
        .nothing();
      given(sale, [announced])
        .when({ ...announce, capacity: 9, now: 2_000 })
        .refused({ code: 'id_reused' });
      expect(termsOf(fold(sale, [announced]))).to.include({ status: 'announced', name: 'Opera', perPersonLimit: 4 });
      expect(availability(fold(sale, [announced]))).to.deep.equal({ capacity: 5, free: 5, held: 0, sold: 0 });
      expect(availability(fold(sale, []))).to.deep.equal({ capacity: 0, free: 0, held: 0, sold: 0 });
      expect(termsOf(fold(sale, []))).to.equal(undefined);
    });

    it('opens, pauses, opens again and closes for good', () => {
      given(sale, [announced]).when({ type: 'Open', now }).then(opened);
      given(sale, admission).when({ type: 'Pause', now }).then(paused);
      given(sale, [...admission, paused])
        .when({ type: 'Open', now })
        .then(opened);
      given(sale, admission).when({ type: 'Close', now }).then(closed);
      given(sale, [...admission, closed])
        .when({ type: 'Open', now })
        .refused({ code: 'sale_closed' });
    });

    it('sells only while it is open', () => {
      const orders = hold(two);
      given(sale, [announced]).when(orders).refused({ code: 'sale_not_open', status: 'announced' });
      given(sale, [...admission, paused])
        .when(orders)
        .refused({ code: 'sale_not_open', status: 'paused' });
      given(sale, [...admission, paused, opened])
        .when(orders)
        .then(held(two));
      given(sale, [...admission, closed])
        .when(orders)
        .refused({ code: 'sale_not_open', status: 'closed' });
    });
  });

  describe('once the show has begun', () => {
    const { now: _, type: __, ...terms } = announce;
    const begun = terms.startsAt;
    const refusal = { code: 'show_has_begun' } as const;
    const lateSale: SaleEvent = {
      type: 'SaleAnnounced',
      data: { ...terms, sellsAfterStart: true, announcedAt: 1_000 },
    };

    it('is neither made nor opened, and holds no places', () => {
      given(sale, [])
        .when({ ...announce, now: begun })
        .refused(refusal);
      for (const story of [[announced], [...admission, paused]]) {
        given(sale, story).when({ type: 'Open', now: begun }).refused(refusal);
      }
      given(sale, admission).when(hold(two, begun)).refused(refusal);
      given(sale, admission)
        .when(hold(two, begun - 1))
        .then(held(two, begun - 1));
      given(sale, [announced])
        .when({ ...announce, now: begun })
        .nothing();
    });

    it('sells where its terms say so', () => {
      given(sale, [])
        .when({ ...announce, sellsAfterStart: true, now: begun })
        .then({ type: 'SaleAnnounced', data: { ...terms, sellsAfterStart: true, announcedAt: begun } });
      given(sale, [lateSale])
        .when({ type: 'Open', now: begun })
        .then({ type: 'SaleOpened', data: { openedAt: begun } });
      given(sale, [lateSale, opened]).when(hold(two, begun)).then(held(two, begun));
      given(sale, [announced])
        .when({ ...announce, sellsAfterStart: true })
        .refused({ code: 'id_reused' });
    });

    it('lets what was held before be extended, kept, taken again, sold and held once more', () => {
      const holding = [...admission, held(two, begun - 10)];
      given(sale, holding)
        .when({ type: 'Extend', orderId: 'o-1', now: begun })
        .then(extended('o-1', begun + holdMs, 'buyer', begun));
      const until = begun + 2 * holdMs;
      given(sale, holding)
        .when({ type: 'ExtendForPayment', orderId: 'o-1', until, now: begun })
        .then(extended('o-1', until, 'payment', begun));
      given(sale, [...holding, lapsed(two, until)])
        .when({ type: 'Reacquire', ...two, until: until + 9, now: until })
        .then(held(two, until, until + 9));
      given(sale, holding)
        .when({ type: 'Confirm', orderId: 'o-1', ticketIds: ticketsOf(two), now: begun })
        .then(sold(two, begun));
      given(sale, holding).when(hold(two, begun)).nothing();
    });

    it('closes where it was to open by itself, and that was missed', () => {
      const open = { type: 'Open', isScheduled: true, now: begun } as const;
      given(sale, [announced])
        .when(open)
        .then({ type: 'SaleClosed', data: { closedAt: begun } });
      for (const story of [admission, [...admission, paused]]) given(sale, story).when(open).nothing();
    });
  });

  describe('capacity', () => {
    const changed = (capacity: number) => ({ type: 'CapacityChanged', data: { capacity, changedAt: now } }) as const;
    const change = (capacity: number) => ({ type: 'ChangeCapacity', capacity, now }) as const;
    const taken = [...admission, held(two), held(placesOf('o-2', 'rui', 1)), sold(placesOf('o-2', 'rui', 1))];

    it('goes up and down, never below what is held and sold', () => {
      given(sale, taken).when(change(9)).then(changed(9));
      given(sale, taken).when(change(3)).then(changed(3));
      given(sale, taken).when(change(2)).refused({ code: 'capacity_below_taken', takenPlaces: 3 });
      given(sale, [...taken, changed(3)])
        .when(hold(placesOf('o-3', 'eva', 1)))
        .refused({ code: 'sold_out', free: 0 });
      given(sale, [...taken, changed(9)])
        .when(hold(placesOf('o-3', 'eva', 4)))
        .then(held(placesOf('o-3', 'eva', 4)));
      given(sale, admission).when(change(0)).then(changed(0));
    });

    it('goes down past holds that are over, which lapse first, and no more of them than it takes', () => {
      const late = expiresAt + 1;
      const later = { type: 'CapacityChanged', data: { capacity: 1, changedAt: late } } as const;
      given(sale, [...admission, held(two)])
        .when({ ...change(1), now: late })
        .then(lapsed(two, late), later);
      given(sale, [...admission, held(two), lapsed(two, late)])
        .when({ ...change(1), now: late })
        .then(later);
      given(sale, [...admission, held(two)])
        .when({ ...change(2), now: late })
        .then({ ...later, data: { ...later.data, capacity: 2 } });
      given(sale, taken)
        .when({ ...change(0), now: late })
        .refused({ code: 'capacity_below_taken', takenPlaces: 1 });
    });

    it('an order that has places takes no others', () => {
      for (const other of [{ quantity: 1 }, { personId: 'bob' }]) {
        given(sale, [...admission, held(two)])
          .when({ type: 'Hold', ...two, ...other, now })
          .refused({ code: 'id_reused' });
      }
    });

    it('the same again adds nothing', () => {
      given(sale, [...taken, changed(3)])
        .when(change(3))
        .nothing();
      given(sale, [...taken, closed])
        .when(change(5))
        .nothing();
    });

    it('is not changed once the sale is closed, nor where it is a list of seats', () => {
      given(sale, [...taken, closed])
        .when(change(9))
        .refused({ code: 'sale_closed' });
      given(sale, seated).when(change(9)).refused({ code: 'capacity_is_seats' });
    });
  });

  describe('hold of places', () => {
    it('takes all or none, with its end in the event', () => {
      given(sale, admission)
        .when(hold(two))
        .then(held(two, heldAt, expiresAt));
      const full = [...admission, held(placesOf('o-9', 'eva', 4))];
      given(sale, full).when(hold(two)).refused({ code: 'sold_out', free: 1 });
      given(sale, full)
        .when(hold(placesOf('o-1', 'ana', 1)))
        .then(held(placesOf('o-1', 'ana', 1)));
    });

    it('limits a person over all orders, held and sold', () => {
      const three = [...admission, held(two), held(placesOf('o-2', 'ana', 1)), sold(placesOf('o-2', 'ana', 1))];
      given(sale, three)
        .when(hold(placesOf('o-3', 'ana', 2)))
        .refused({ code: 'limit_per_person', limit: 4, taken: 3 });
      given(sale, three)
        .when(hold(placesOf('o-3', 'ana', 1)))
        .then(held(placesOf('o-3', 'ana', 1)));
      given(sale, three)
        .when(hold(placesOf('o-3', 'rui', 2)))
        .then(held(placesOf('o-3', 'rui', 2)));
    });

    it('gives a person the places back that were returned', () => {
      const four = placesOf('o-1', 'ana', 4);
      const back = { ...four, quantity: 1 };
      given(sale, [...admission, held(four), sold(four)])
        .when(hold(placesOf('o-2', 'ana', 1)))
        .refused({ code: 'limit_per_person', limit: 4, taken: 4 });
      given(sale, [...admission, held(four), sold(four), returned(back, ['o-1/3'])])
        .when(hold(placesOf('o-2', 'ana', 1)))
        .then(held(placesOf('o-2', 'ana', 1)));
    });

    it('has no names of seats', () => {
      given(sale, admission)
        .when(hold(seatsOf('o-1', 'ana', 'A 1')))
        .refused({ code: 'seats_not_named' });
    });

    it('of no places, of a part or of seats that do not fit the number is a broken rule', () => {
      const decide = (quantity: number, seats?: readonly string[]) => () =>
        sale.decide(hold({ ...placesOf('o-1', 'ana', quantity), ...(seats && { seats }) }), fold(sale, seated));
      for (const quantity of [0, -1, 0.5, Number.NaN]) expect(decide(quantity)).to.throw(RangeError);
      expect(decide(2, ['A 1', 'A 1'])).to.throw(RangeError);
      expect(decide(1, ['A 1', 'A 2'])).to.throw(RangeError);
      expect(decide(0, [])).to.throw(RangeError);
    });
  });

  describe('hold of named seats', () => {
    const pair = seatsOf('o-1', 'ana', 'A 1', 'A 2');

    it('takes all or none, and names those that are taken', () => {
      given(sale, seated).when(hold(pair)).then(held(pair));
      given(sale, [...seated, held(pair)])
        .when(hold(seatsOf('o-2', 'rui', 'A 3', 'A 2')))
        .refused({ code: 'seats_taken', seats: ['A 2'] });
      given(sale, [...seated, held(pair), sold(pair)])
        .when(hold(seatsOf('o-2', 'rui', 'A 1', 'A 2', 'A 3')))
        .refused({ code: 'seats_taken', seats: ['A 1', 'A 2'] });
      given(sale, [...seated, held(pair)])
        .when(hold(seatsOf('o-2', 'rui', 'A 3')))
        .then(held(seatsOf('o-2', 'rui', 'A 3')));
    });

    it('needs names that the hall has', () => {
      given(sale, seated)
        .when(hold(placesOf('o-1', 'ana', 1)))
        .refused({ code: 'seats_required' });
      given(sale, seated)
        .when(hold(seatsOf('o-1', 'ana', 'A 1', 'Z 9')))
        .refused({ code: 'unknown_seats', seats: ['Z 9'] });
    });

    it('frees them when it lapses, and when they are returned', () => {
      const single = seatsOf('o-2', 'rui', 'A 2');
      given(sale, [...seated, held(pair), lapsed(pair, expiresAt)])
        .when(hold(single))
        .then(held(single));
      const back = { ...pair, quantity: 1, seats: ['A 2'] };
      given(sale, [...seated, held(pair), sold(pair), returned(back, ['o-1/1'])])
        .when(hold(single))
        .then(held(single));
      given(sale, [...seated, held(pair), sold(pair), returned(back, ['o-1/1'])])
        .when(hold(seatsOf('o-2', 'rui', 'A 1')))
        .refused({ code: 'seats_taken', seats: ['A 1'] });
    });
  });

  describe('hold asked for again', () => {
    it('adds nothing while it is there, whatever the sale has come to', () => {
      for (const story of [[], [paused], [closed], [sold(two)]]) {
        given(sale, [...admission, held(two), ...story])
          .when(hold(two))
          .nothing();
      }
      given(sale, [...admission, held(two)])
        .when(hold(two, expiresAt + 1))
        .nothing();
    });

    it('is refused once it is over: an order takes its places once', () => {
      given(sale, [...admission, held(two), lapsed(two, expiresAt)])
        .when(hold(two))
        .refused({ code: 'hold_lapsed' });
    });
  });
});
