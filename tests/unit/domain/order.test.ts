import { expect } from 'chai';
import { order } from '../../../src/domain/ticketing/order.js';
import type { OrderEvent } from '../../../src/domain/ticketing/order-events.js';
import type { Order } from '../../../src/domain/ticketing/order-state.js';
import { fold, given } from '../../support/decider.js';
import {
  actionRequired,
  answer,
  answers,
  authorised,
  cancelled,
  captured,
  card,
  confirmed,
  decline,
  declined,
  expired,
  fulfilled,
  holdEndsAt,
  issued,
  lost,
  now,
  pay,
  payEndsAt,
  place,
  placed,
  reversed,
  started,
  stories,
  ticketIds,
  unknown,
} from '../../support/order-story.js';

const orderOf = (...events: readonly OrderEvent[]): Order => {
  const state = fold(order, events);
  if (state.status === 'none') throw new Error('nothing was placed');
  return state;
};
const confirm = { type: 'ConfirmPlaces', ticketIds, now } as const;
const lose = { type: 'LosePlaces', transactionId: 'p-1', now } as const;

describe('order', () => {
  it('is placed once', () => {
    given(order, []).when(place).then(placed);
    given(order, [placed])
      .when({ ...place, quantity: 9 })
      .nothing();
    expect(orderOf(placed)).to.include({ status: 'awaiting_payment', places: 'held', expiresAt: holdEndsAt });
  });

  it('goes from the payment to the tickets, a step at a time', () => {
    const story = [placed];
    for (const [command, ...events] of [
      [pay('p-1'), started('p-1')],
      [answer('p-1', answers.authorised), authorised('p-1')],
      [confirm, confirmed],
      [{ type: 'MarkIssued', now } as const, issued],
      [answer('p-1', answers.captured), captured, fulfilled],
    ] as const) {
      given(order, story)
        .when(command)
        .then(...events);
      story.push(...events);
    }
    expect(orderOf(...story)).to.include({ status: 'fulfilled', places: 'issued' });
    expect(orderOf(...story).payment).to.include({ transactionId: 'p-1', step: 'captured', card });
  });

  it('takes no step before the one ahead of it: no ticket without money, no capture without tickets', () => {
    const refusal = { code: 'not_waiting_for_this' } as const;
    given(order, stories.started).when(confirm).refused(refusal);
    given(order, stories.authorised).when({ type: 'MarkIssued', now }).refused(refusal);
    given(order, stories.confirmed).when(answer('p-1', answers.captured)).nothing();
  });

  it('keeps the named seats with the places', () => {
    const seats = ['A 1', 'A 2', 'A 3'];
    given(order, stories.authorised)
      .when({ ...confirm, seats })
      .then({ type: 'PlacesConfirmed', data: { ticketIds, seats, confirmedAt: now } });
  });

  describe('extension', () => {
    const extend = (expiresAt: number) => ({ type: 'Extend', expiresAt, now }) as const;
    const extended = (expiresAt: number): OrderEvent => ({
      type: 'OrderExtended',
      data: { expiresAt, extendedAt: now },
    });

    it('follows the hold, and only forwards', () => {
      given(order, [placed])
        .when(extend(holdEndsAt + 1))
        .then(extended(holdEndsAt + 1));
      given(order, [placed, extended(holdEndsAt + 1)])
        .when(extend(holdEndsAt + 1))
        .nothing();
      given(order, [placed]).when(extend(holdEndsAt)).nothing();
      expect(orderOf(placed, extended(holdEndsAt + 1)).expiresAt).to.equal(holdEndsAt + 1);
    });
  });

  describe('declined', () => {
    it('is payable again, with an attempt of its own', () => {
      given(order, stories.started).when(answer('p-1', answers.declined)).then(declined('p-1'));
      given(order, stories.declined).when(pay('p-2')).then(started('p-2'));
      const state = orderOf(...stories.declined, started('p-2'), authorised('p-2'));
      expect(state.status).to.equal('paid');
      expect(state.payments.get('p-1')).to.deep.include({ step: 'declined', decline });
      expect(state.payments.get('p-2')).to.include({ step: 'authorised' });
    });

    it('the same attempt again adds nothing: it is not charged twice', () => {
      given(order, stories.declined).when(pay('p-1')).nothing();
      given(order, stories.started).when(pay('p-1')).nothing();
      given(order, stories.fulfilled).when(pay('p-1')).nothing();
    });

    it('till the hold lapses', () => {
      given(order, [...stories.declined, expired()])
        .when(pay('p-2'))
        .refused({ code: 'hold_lapsed' });
      given(order, stories.started)
        .when(answer('p-1', answers.declined, payEndsAt - 1))
        .then(declined('p-1', payEndsAt - 1));
    });

    it('what the payment added ends with it', () => {
      const beside = [placed, started('p-1')];
      expect(orderOf(...beside).expiresAt).to.equal(payEndsAt);
      expect(orderOf(...beside, declined('p-1'))).to.include({ expiresAt: holdEndsAt, heldUntil: holdEndsAt });
      expect(orderOf(...stories.actionRequired, declined('p-1')).expiresAt).to.equal(holdEndsAt);
      expect(orderOf(...stories.reversed).expiresAt).to.equal(holdEndsAt);
      given(order, [...beside, declined('p-1', holdEndsAt)])
        .when(pay('p-2', holdEndsAt))
        .refused({ code: 'hold_lapsed' });
    });

    it('ten times at most', () => {
      const nine = [placed];
      for (let attempt = 1; attempt <= 9; attempt++) nine.push(started(`p-${attempt}`), declined(`p-${attempt}`));
      given(order, nine).when(pay('p-10')).then(started('p-10'));
      given(order, [...nine, started('p-10'), declined('p-10')])
        .when(pay('p-11'))
        .refused({ code: 'too_many_attempts', limit: 10 });
    });

    it('pays with one attempt at a time', () => {
      for (const story of [stories.started, stories.unknown, stories.actionRequired]) {
        given(order, story).when(pay('p-2')).refused({ code: 'payment_in_progress', transactionId: 'p-1' });
      }
      for (const story of [stories.authorised, stories.fulfilled, stories.refunded]) {
        given(order, story).when(pay('p-2')).refused({ code: 'already_paid' });
      }
    });
  });

  describe('outcome unknown', () => {
    it('is neither declined nor approved: asked again with growing waits, then reversed', () => {
      given(order, stories.started).when(answer('p-1', answers.unknown)).then(unknown('p-1'));
      expect(orderOf(...stories.unknown).status).to.equal('checking');
      const later = { ...answers.unknown, inquireAt: 13_000 };
      given(order, stories.unknown)
        .when(answer('p-1', later))
        .then(unknown('p-1', 2, 13_000));
      given(order, stories.unknown).when(answer('p-1', answers.reversed)).then(reversed('p-1', 'outcome_unknown'));
      given(order, stories.unknown)
        .when(answer('p-1', answers.reversed, payEndsAt))
        .then(reversed('p-1', 'outcome_unknown', payEndsAt));
    });

    it('of the same inquiry again adds nothing', () => {
      given(order, stories.unknown).when(answer('p-1', answers.unknown)).nothing();
      given(order, stories.unknown)
        .when(answer('p-1', { ...answers.unknown, inquireAt: 10_500 }))
        .nothing();
    });

    it('ends with what the bank says at last', () => {
      given(order, stories.unknown).when(answer('p-1', answers.authorised)).then(authorised('p-1'));
      given(order, stories.unknown).when(answer('p-1', answers.declined)).then(declined('p-1'));
      given(order, stories.unknown).when(answer('p-1', answers.actionRequired)).then(actionRequired('p-1'));
    });

    it('of a payment that waits for its holder leaves it waiting', () => {
      const story = [...stories.actionRequired, unknown('p-1', 1, 13_000)];
      expect(orderOf(...story).status).to.equal('action_required');
      expect(orderOf(...story).payment).to.include({
        step: 'action_required',
        inquireAt: 13_000,
        actionUrl: '/confirm',
      });
    });

    it('a word after the last one changes nothing', () => {
      for (const story of [stories.declined, stories.reversed, stories.authorised, stories.fulfilled]) {
        for (const word of [answers.authorised, answers.declined, answers.unknown, answers.actionRequired]) {
          given(order, story).when(answer('p-1', word)).nothing();
        }
      }
    });
  });

  describe('paid after expiry', () => {
    it('expiry waits for a payment under way: the money may be there already', () => {
      for (const story of [stories.started, stories.unknown, stories.actionRequired, stories.authorised]) {
        given(order, story).when({ type: 'Expire', now: payEndsAt }).nothing();
      }
      given(order, [placed]).when({ type: 'Expire', now }).then(expired());
    });

    it('with places again it goes on', () => {
      given(order, stories.started)
        .when(answer('p-1', answers.authorised, payEndsAt + 1))
        .then({ type: 'PaymentAuthorised', data: { transactionId: 'p-1', card, authorisedAt: payEndsAt + 1 } });
      given(order, stories.authorised).when(confirm).then(confirmed);
    });

    it('without places the money goes back, and the order says so', () => {
      given(order, stories.authorised).when(lose).then(lost);
      given(order, stories.authorised)
        .when({ ...lose, transactionId: 'p-2' })
        .refused({ code: 'not_waiting_for_this' });
      given(order, stories.lost).when(confirm).refused({ code: 'not_waiting_for_this' });
      given(order, stories.lost).when(answer('p-1', answers.reversed)).then(reversed('p-1', 'places_lost'), expired());
      const state = orderOf(...stories.lost, reversed('p-1', 'places_lost'), expired());
      expect(state.status).to.equal('expired');
      expect(state.payments.get('p-1')?.step).to.equal('reversed');
    });

    it('money that has its places is not reversed', () => {
      for (const story of [stories.authorised, stories.confirmed, stories.issued, stories.fulfilled]) {
        given(order, story).when(answer('p-1', answers.reversed)).nothing();
      }
    });
  });

  describe('cancellation', () => {
    it('is for orders that wait for a payment', () => {
      given(order, [placed]).when({ type: 'Cancel', now }).then(cancelled);
      given(order, stories.declined).when({ type: 'Cancel', now }).then(cancelled);
      given(order, stories.unknown)
        .when({ type: 'Cancel', now })
        .refused({ code: 'not_cancellable', status: 'checking' });
      given(order, stories.fulfilled)
        .when({ type: 'Cancel', now })
        .refused({ code: 'not_cancellable', status: 'fulfilled' });
    });
  });

  describe('need of a human', () => {
    const need = { type: 'HumanNeeded', data: { reason: 'stuck', since: now } } as const;

    it('is said once, and over once, in any state', () => {
      const call = { type: 'RequestReview', reason: 'stuck', now } as const;
      const dismiss = { type: 'ResolveReview', by: 'Rita', note: 'called', now } as const;
      given(order, stories.issued).when(call).then(need);
      given(order, [...stories.issued, need])
        .when({ ...call, reason: 'other' })
        .nothing();
      given(order, [...stories.issued, need])
        .when(dismiss)
        .then({ type: 'HumanDone', data: { by: 'Rita', note: 'called', doneAt: now } });
      given(order, stories.issued).when(dismiss).nothing();
      expect(orderOf(...stories.issued, need)).to.include({ reviewReason: 'stuck', status: 'paid' });
    });
  });
});
