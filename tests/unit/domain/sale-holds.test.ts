import { expect } from 'chai';
import { sale } from '../../../src/domain/ticketing/sale.js';
import { availability } from '../../../src/domain/ticketing/sale-state.js';
import { fold, given } from '../../support/decider.js';
import {
  admission,
  closed,
  expiresAt,
  extended,
  held,
  heldAt,
  hold,
  holdMs,
  lapsed,
  paused,
  placesOf,
  released,
  seated,
  seatsOf,
  sold,
} from '../../support/sale-story.js';

const two = placesOf('o-1', 'ana', 2);
const holding = [...admission, held(two)];
const pair = seatsOf('o-1', 'ana', 'A 1', 'A 2');
const late = expiresAt + 1;

const extend = (now: number) => ({ type: 'Extend', orderId: 'o-1', now }) as const;
const secure = (until: number, now = heldAt) => ({ type: 'ExtendForPayment', orderId: 'o-1', until, now }) as const;
const lapseDue = (now: number) => ({ type: 'LapseDue', now }) as const;

describe('holds of a sale', () => {
  describe('extension by the buyer', () => {
    it('gives the hold time anew, up to twice of it from the beginning', () => {
      const cap = heldAt + 2 * holdMs;
      const soon = heldAt + 10_000;
      given(sale, holding)
        .when(extend(soon))
        .then(extended('o-1', soon + holdMs, 'buyer', soon));
      given(sale, [...holding, extended('o-1', soon + holdMs, 'buyer', soon)])
        .when(extend(expiresAt))
        .then(extended('o-1', cap, 'buyer', expiresAt));
      given(sale, [...holding, extended('o-1', cap, 'buyer', expiresAt)])
        .when(extend(expiresAt + 1))
        .refused({ code: 'extension_capped' });
    });

    it('twice adds nothing, and brings an end never nearer', () => {
      given(sale, holding).when(extend(heldAt)).refused({ code: 'extension_capped' });
    });

    it('counts from the own time of the hold: what a payment adds is not the buyer’s', () => {
      const until = heldAt + 5 * holdMs;
      const kept = [...holding, extended('o-1', until, 'payment', heldAt)];
      const soon = heldAt + 5_000;
      given(sale, kept)
        .when(extend(soon))
        .then(extended('o-1', soon + holdMs, 'buyer', soon));
      given(sale, [...kept, extended('o-1', soon + holdMs, 'buyer', soon)])
        .when(lapseDue(until - 1))
        .nothing();
      given(sale, kept).when(extend(expiresAt)).refused({ code: 'hold_lapsed' });
    });

    it('comes too late at the end, before anyone has said it', () => {
      given(sale, holding)
        .when(extend(expiresAt - 1))
        .then(extended('o-1', expiresAt - 1 + holdMs, 'buyer', expiresAt - 1));
      given(sale, holding).when(extend(expiresAt)).refused({ code: 'hold_lapsed' });
    });
  });

  describe('kept over a payment', () => {
    it('lasts at least as long as the bank may take, beyond the cap of the buyer', () => {
      const until = heldAt + 5 * holdMs;
      given(sale, holding)
        .when(secure(until))
        .then(extended('o-1', until, 'payment', heldAt));
      given(sale, [...holding, extended('o-1', until, 'payment', heldAt)])
        .when(secure(until))
        .nothing();
      given(sale, [...holding, extended('o-1', until, 'payment', heldAt)])
        .when(lapseDue(until - 1))
        .nothing();
      given(sale, holding).when(secure(expiresAt)).nothing();
    });

    it('ends with the payment: then the hold lasts its own time', () => {
      const kept = [...holding, extended('o-1', heldAt + 5 * holdMs, 'payment', heldAt)];
      const lapse = (now: number) => ({ type: 'LapseDue', orderId: 'o-1', now }) as const;
      given(sale, kept)
        .when(lapse(expiresAt - 1))
        .nothing();
      given(sale, kept).when(lapseDue(expiresAt)).nothing();
      given(sale, kept).when(lapse(expiresAt)).then(lapsed(two, expiresAt));
      given(sale, [...kept, lapsed(two, expiresAt)])
        .when(lapse(expiresAt))
        .nothing();
      given(sale, holding).when(lapse(expiresAt)).then(lapsed(two, expiresAt));
    });

    it('comes too late at the end', () => {
      given(sale, holding).when(secure(late, expiresAt)).refused({ code: 'hold_lapsed' });
    });
  });

  describe('expiry', () => {
    const other = placesOf('o-2', 'rui', 1);

    it('frees the places: free, held and sold are the capacity at any time', () => {
      expect(availability(fold(sale, holding))).to.deep.equal({ capacity: 5, free: 3, held: 2, sold: 0 });
      const gone = [...holding, lapsed(two, late)];
      expect(availability(fold(sale, gone))).to.deep.equal({ capacity: 5, free: 5, held: 0, sold: 0 });
    });

    it('is one event for each hold whose time is over, said once', () => {
      const both = [...holding, held(other), held(placesOf('o-3', 'eva', 1), heldAt + 1)];
      given(sale, both)
        .when(lapseDue(expiresAt - 1))
        .nothing();
      given(sale, both).when(lapseDue(expiresAt)).then(lapsed(two, expiresAt), lapsed(other, expiresAt));
      given(sale, [...both, lapsed(two, expiresAt), lapsed(other, expiresAt)])
        .when(lapseDue(expiresAt))
        .nothing();
    });

    it('is said of so many at a time, and of all in the end', () => {
      const [announced, ...rest] = admission;
      if (announced?.type !== 'SaleAnnounced') throw new Error('a sale begins with its announcement');
      const wide = { ...announced, data: { ...announced.data, capacity: 1_200 } };
      const names = Array.from({ length: 1_200 }, (_, index) => `o-${index}`);
      const state = fold(sale, [wide, ...rest, ...names.map((name) => held(placesOf(name, name, 1)))]);
      const said = (command: Parameters<typeof sale.decide>[0]): number[] => {
        const { events = [] } = sale.decide(command, state);
        for (const event of events) sale.evolve(state, event);
        return [events.filter(({ type }) => type === 'HoldLapsed').length, events.length];
      };
      const ofLast = placesOf('again', 'o-1199', 4);
      expect(said(hold(ofLast, late))).to.deep.equal([500, 501]);
      expect(availability(state)).to.include({ held: 704, free: 496 });
      expect([said(lapseDue(late)), said(lapseDue(late)), said(lapseDue(late))]).to.deep.equal([
        [500, 500],
        [200, 200],
        [0, 0],
      ]);
      expect(availability(state)).to.include({ held: 4, free: 1_196 });
    });

    it('leaves out what was sold, released or extended', () => {
      for (const end of [sold(two), released(two), extended('o-1', late + 1, 'buyer', heldAt)]) {
        given(sale, [...holding, end])
          .when(lapseDue(late))
          .nothing();
      }
    });

    it('goes on when the sale is paused or closed', () => {
      for (const end of [paused, closed]) {
        given(sale, [...holding, end])
          .when(lapseDue(late))
          .then(lapsed(two, late));
      }
    });

    it('is said first by whoever needs the places, and only then', () => {
      const four = placesOf('o-2', 'rui', 4);
      given(sale, holding).when(hold(four, late)).then(lapsed(two, late), held(four, late));
      given(sale, holding)
        .when(hold(four, expiresAt - 1))
        .refused({ code: 'sold_out', free: 3 });
      given(sale, holding)
        .when(hold(placesOf('o-2', 'rui', 3), late))
        .then(held(placesOf('o-2', 'rui', 3), late));
      given(sale, holding)
        .when(hold(placesOf('o-2', 'rui', 6), late))
        .refused({ code: 'sold_out', free: 3 });
    });

    it('counts for the limit of the person and for seats too', () => {
      const three = placesOf('o-2', 'ana', 3);
      given(sale, holding).when(hold(three, late)).then(lapsed(two, late), held(three, late));
      const single = seatsOf('o-2', 'rui', 'A 2');
      given(sale, [...seated, held(pair)])
        .when(hold(single, late))
        .then(lapsed(pair, late), held(single, late));
    });
  });
});
