import { expect } from 'chai';
import { sale } from '../../../src/domain/ticketing/sale.js';
import { availability, holdOf } from '../../../src/domain/ticketing/sale-state.js';
import { fold, given } from '../../support/decider.js';
import {
  admission,
  closed,
  expiresAt,
  held,
  heldAt,
  hold,
  lapsed,
  paused,
  placesOf,
  released,
  returned,
  seated,
  seatsOf,
  sold,
  ticketsOf,
} from '../../support/sale-story.js';

const two = placesOf('o-1', 'ana', 2);
const holding = [...admission, held(two)];
const pair = seatsOf('o-1', 'ana', 'A 1', 'A 2');
const late = expiresAt + 1;

const confirm = (now: number, places = two) =>
  ({ type: 'Confirm', orderId: 'o-1', ticketIds: ticketsOf(places), now }) as const;
const release = { type: 'Release', orderId: 'o-1', now: heldAt } as const;
const lapseDue = (now: number) => ({ type: 'LapseDue', now }) as const;
const reacquire = (places = two, now = late) => ({ type: 'Reacquire', ...places, until: now + 9_000, now }) as const;
const giveBack = (...ticketIds: readonly string[]) =>
  ({ type: 'Return', orderId: 'o-1', ticketIds, now: heldAt }) as const;

describe('what becomes of held places', () => {
  describe('confirmation', () => {
    it('sells the places with their tickets, once', () => {
      given(sale, holding).when(confirm(heldAt)).then(sold(two));
      given(sale, [...seated, held(pair)])
        .when(confirm(heldAt, pair))
        .then(sold(pair));
      given(sale, [...holding, sold(two)])
        .when(confirm(heldAt))
        .nothing();
      const { ticketIds, ...rest } = holdOf(fold(sale, [...holding, sold(two)]), 'o-1') ?? { ticketIds: [] };
      expect(rest).to.include({ status: 'sold', quantity: 2 });
      expect(ticketIds).to.deep.equal(['o-1/0', 'o-1/1']);
    });

    it('wins after the time is over, till someone has said so', () => {
      given(sale, holding).when(confirm(late)).then(sold(two, late));
      given(sale, [...holding, lapsed(two, late)])
        .when(confirm(late))
        .refused({ code: 'hold_lapsed' });
    });

    it('goes on when the sale is paused or closed', () => {
      for (const end of [paused, closed]) {
        given(sale, [...holding, end])
          .when(confirm(heldAt))
          .then(sold(two));
      }
    });

    it('with another number of tickets than places is a broken rule', () => {
      expect(() => sale.decide({ ...confirm(heldAt), ticketIds: ['t-1'] }, fold(sale, holding))).to.throw('o-1');
    });
  });

  describe('release', () => {
    it('gives the places back before their time, once', () => {
      given(sale, holding).when(release).then(released(two));
      given(sale, [...holding, released(two)])
        .when(release)
        .nothing();
      given(sale, [...seated, held(pair), released(pair)])
        .when(hold(seatsOf('o-2', 'rui', 'A 1')))
        .then(held(seatsOf('o-2', 'rui', 'A 1')));
    });

    it('does not take back what was sold', () => {
      given(sale, [...holding, sold(two)])
        .when(release)
        .refused({ code: 'already_sold' });
    });
  });

  describe('hold again for a payment that came late', () => {
    const gone = [...holding, lapsed(two, late)];

    it('takes places if there are any, kept until the moment asked for', () => {
      given(sale, gone)
        .when(reacquire())
        .then(held(two, late, late + 9_000));
      given(sale, [...gone, held(two, late, late + 9_000)])
        .when(reacquire())
        .nothing();
      given(sale, [...gone, held(two, late, late + 9_000)])
        .when(confirm(late))
        .then(sold(two, late));
      given(sale, [...gone, held(two, late, late + 9_000)])
        .when(lapseDue(late + 9_000))
        .then(lapsed(two, late + 9_000));
    });

    it('is refused when they are gone', () => {
      const four = placesOf('o-2', 'rui', 4);
      given(sale, [...gone, held(four, late)])
        .when(reacquire())
        .refused({ code: 'sold_out', free: 1 });
      given(sale, [...seated, held(pair), lapsed(pair, late), held(seatsOf('o-2', 'rui', 'A 2'), late)])
        .when(reacquire(pair))
        .refused({ code: 'seats_taken', seats: ['A 2'] });
      given(sale, [...gone, held(placesOf('o-2', 'ana', 3), late)])
        .when(reacquire())
        .refused({ code: 'limit_per_person', limit: 4, taken: 3 });
    });

    it('also when the sale was paused or closed meanwhile: the buyer has paid', () => {
      for (const end of [paused, closed]) {
        given(sale, [...gone, end])
          .when(reacquire())
          .then(held(two, late, late + 9_000));
      }
    });
  });

  describe('return to sale', () => {
    const paid = [...holding, sold(two)];

    it('is a decision of its own: sold places stay sold till it is taken', () => {
      expect(availability(fold(sale, paid))).to.include({ free: 3, sold: 2 });
      given(sale, paid)
        .when(giveBack('o-1/1'))
        .then(returned({ ...two, quantity: 1 }, ['o-1/1']));
      expect(availability(fold(sale, [...paid, returned({ ...two, quantity: 1 }, ['o-1/1'])]))).to.include({
        free: 4,
        sold: 1,
      });
    });

    it('names the seats of the tickets', () => {
      given(sale, [...seated, held(pair), sold(pair)])
        .when(giveBack('o-1/1'))
        .then(returned({ ...pair, quantity: 1, seats: ['A 2'] }, ['o-1/1']));
    });

    it('takes each ticket once, also when it is named twice', () => {
      const back = returned({ ...two, quantity: 1 }, ['o-1/0']);
      given(sale, paid).when(giveBack('o-1/0', 'o-1/0')).then(back);
      given(sale, [...paid, back])
        .when(giveBack('o-1/0'))
        .nothing();
      given(sale, [...paid, back])
        .when(giveBack('o-1/0', 'o-1/1'))
        .then(returned({ ...two, quantity: 1 }, ['o-1/1']));
    });

    it('leaves a seat to who has bought it since', () => {
      const next = seatsOf('o-2', 'rui', 'A 2');
      const back = returned({ ...pair, quantity: 1, seats: ['A 2'] }, ['o-1/1']);
      const story = [...seated, held(pair), sold(pair), back, held(next), sold(next)];
      given(sale, story).when(giveBack('o-1/1')).nothing();
      given(sale, [...story, back])
        .when(hold(seatsOf('o-3', 'eva', 'A 2')))
        .refused({ code: 'seats_taken', seats: ['A 2'] });
    });

    it('knows only tickets of the order that were sold', () => {
      given(sale, paid)
        .when(giveBack('o-1/0', 'o-2/0'))
        .refused({ code: 'unknown_tickets', ticketIds: ['o-2/0'] });
      given(sale, holding)
        .when(giveBack('o-1/0'))
        .refused({ code: 'unknown_tickets', ticketIds: ['o-1/0'] });
      given(sale, admission)
        .when(giveBack('o-1/0'))
        .refused({ code: 'unknown_tickets', ticketIds: ['o-1/0'] });
    });
  });
});
