import { expect } from 'chai';
import fc from 'fast-check';
import { order } from '../../../src/domain/ticketing/order.js';
import type { OrderEvent } from '../../../src/domain/ticketing/order-events.js';
import { refundedMinor } from '../../../src/domain/ticketing/order-refunds.js';
import { fold, given } from '../../support/decider.js';
import {
  askRefund,
  eur,
  now,
  placed,
  refundAsked,
  refundPaid,
  refundRefused,
  stories,
  ticketIds,
} from '../../support/order-story.js';

const { fulfilled } = stories;
const record = (refundId: string, refusedWith?: string) =>
  ({ type: 'RecordRefund', refundId, ...(refusedWith !== undefined && { refusedWith }), now }) as const;
const statusOf = (...events: readonly OrderEvent[]) => fold(order, events).status;

describe('refunds of an order', () => {
  it('give back all, a part by its tickets, or an amount', () => {
    given(order, fulfilled)
      .when(askRefund('r-1'))
      .then(refundAsked('r-1', 3_000, ticketIds));
    given(order, fulfilled)
      .when(askRefund('r-1', { ticketIds: ['t-3', 't-1'] }))
      .then(refundAsked('r-1', 2_000, ['t-3', 't-1']));
    given(order, fulfilled)
      .when(askRefund('r-1', { amountMinor: 1 }))
      .then(refundAsked('r-1', 1));
    given(order, fulfilled)
      .when(askRefund('r-1', { ticketIds: ['t-1'], amountMinor: 400 }))
      .then(refundAsked('r-1', 400, ['t-1']));
  });

  it('of all give what is left', () => {
    given(order, stories.partlyRefunded)
      .when(askRefund('r-2'))
      .then(refundAsked('r-2', 2_000, ['t-2', 't-3']));
    given(order, [...fulfilled, refundAsked('r-1', 500)])
      .when(askRefund('r-2'))
      .then(refundAsked('r-2', 2_500, ticketIds));
  });

  it('never give more than was paid, those under way included', () => {
    const refusal = { code: 'refund_exceeds_paid' } as const;
    given(order, fulfilled)
      .when(askRefund('r-1', { amountMinor: 3_001 }))
      .refused({ ...refusal, leftMinor: 3_000 });
    given(order, stories.refunding)
      .when(askRefund('r-2', { amountMinor: 2_001 }))
      .refused({ ...refusal, leftMinor: 2_000 });
    given(order, stories.refunding)
      .when(askRefund('r-2', { amountMinor: 2_000 }))
      .then(refundAsked('r-2', 2_000, ['t-2', 't-3']));
    given(order, [...fulfilled, refundAsked('r-1', 3_000, ticketIds)])
      .when(askRefund('r-2'))
      .refused({ ...refusal, leftMinor: 0 });
    for (const wish of [{ ticketIds: [] }, { amountMinor: 0 }]) {
      given(order, fulfilled)
        .when(askRefund('r-1', wish))
        .refused({ ...refusal, leftMinor: 3_000 });
    }
  });

  it('that leave no money cancel all tickets, unless they are to be kept', () => {
    given(order, fulfilled)
      .when(askRefund('r-1', { amountMinor: 3_000 }))
      .then(refundAsked('r-1', 3_000, ticketIds));
    given(order, fulfilled)
      .when(askRefund('r-1', { amountMinor: 3_000, keepsTickets: true }))
      .then(refundAsked('r-1', 3_000));
    const kept = [...fulfilled, refundAsked('r-1', 3_000), refundPaid('r-1')];
    expect(statusOf(...kept)).to.equal('refunded');
    given(order, kept)
      .when(askRefund('r-2', { ticketIds: ['t-2'] }))
      .then(refundAsked('r-2', 0, ['t-2']));
    given(order, kept)
      .when(askRefund('r-2'))
      .then(refundAsked('r-2', 0, ticketIds));
  });

  it('of tickets give what is left of their money', () => {
    given(order, [...fulfilled, refundAsked('r-1', 2_500), refundPaid('r-1')])
      .when(askRefund('r-2', { ticketIds: ['t-1'], keepsTickets: true }))
      .then(refundAsked('r-2', 500, ['t-1']));
  });

  it('give a ticket back once; one that was refused can be asked for again', () => {
    given(order, stories.refunding)
      .when(askRefund('r-2', { ticketIds: ['t-1'] }))
      .refused({ code: 'unknown_tickets', ticketIds: ['t-1'] });
    given(order, fulfilled)
      .when(askRefund('r-1', { ticketIds: ['t-1', 't-9'] }))
      .refused({ code: 'unknown_tickets', ticketIds: ['t-9'] });
    given(order, fulfilled)
      .when(askRefund('r-1', { ticketIds: ['t-1', 't-1'] }))
      .then(refundAsked('r-1', 1_000, ['t-1']));
    given(order, stories.refundRefused)
      .when(askRefund('r-2', { ticketIds: ['t-1'] }))
      .then(refundAsked('r-2', 1_000, ['t-1']));
    given(order, stories.refundRefused)
      .when(askRefund('r-2'))
      .then(refundAsked('r-2', 3_000, ticketIds));
  });

  it('are each a story of their own, ended once', () => {
    given(order, stories.refunding).when(askRefund('r-1')).nothing();
    given(order, stories.refunding).when(record('r-1')).then(refundPaid('r-1'));
    given(order, stories.refunding).when(record('r-1', 'already_inside')).then(refundRefused('r-1'));
    for (const story of [stories.partlyRefunded, stories.refundRefused]) {
      given(order, story).when(record('r-1')).nothing();
      given(order, story).when(record('r-1', 'already_inside')).nothing();
    }
    given(order, fulfilled).when(record('r-1')).refused({ code: 'not_waiting_for_this' });
  });

  it('make the order partially refunded, then refunded, when they are paid', () => {
    expect(statusOf(...stories.refunding)).to.equal('fulfilled');
    expect(statusOf(...stories.refundRefused)).to.equal('fulfilled');
    expect(statusOf(...stories.partlyRefunded)).to.equal('partially_refunded');
    const rest = [...stories.partlyRefunded, refundAsked('r-2', 2_000, ['t-2', 't-3'])];
    expect(statusOf(...rest)).to.equal('partially_refunded');
    expect(statusOf(...rest, refundRefused('r-2'))).to.equal('partially_refunded');
    expect(statusOf(...rest, refundPaid('r-2'))).to.equal('refunded');
  });

  it('are for orders that were fulfilled, not for those whose money is on its way', () => {
    given(order, [placed]).when(askRefund('r-1')).refused({ code: 'not_refundable', status: 'awaiting_payment' });
    given(order, stories.issued).when(askRefund('r-1')).refused({ code: 'not_refundable', status: 'paid' });
    given(order, stories.refunded).when(askRefund('r-2')).refused({ code: 'not_refundable', status: 'refunded' });
  });

  it('of less than nothing or of a part of a cent are a broken rule', () => {
    for (const amountMinor of [-1, 0.5, Number.NaN]) {
      expect(() => order.decide(askRefund('r-1', { amountMinor }), fold(order, fulfilled))).to.throw(RangeError);
    }
  });

  it('of single tickets are whole minor units and add up to the total', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.integer({ min: 1, max: 7 }), fc.nat(), (totalMinor, quantity, seed) => {
        const ids = Array.from({ length: quantity }, (_, index) => `t-${index}`);
        const state = fold(order, changed(fulfilled, totalMinor, ids));
        let paid = 0;
        for (let turn = 0; turn < quantity; turn++) {
          const ticketId = ids[(turn + seed) % quantity] ?? '';
          const { events } = order.decide(askRefund(`r-${turn}`, { ticketIds: [ticketId] }), state);
          for (const event of events ?? []) {
            if (event.type === 'RefundRequested') paid += event.data.amount.amountMinor;
            order.evolve(state, event);
          }
          expect(Number.isSafeInteger(paid)).to.equal(true);
        }
        expect(paid).to.equal(totalMinor);
        if (state.status !== 'none') expect(refundedMinor(state)).to.equal(totalMinor);
      }),
    );
  });
});

/** The same story with another total and other tickets. */
const changed = (story: readonly OrderEvent[], totalMinor: number, ids: readonly string[]): readonly OrderEvent[] =>
  story.map((event): OrderEvent => {
    if (event.type === 'OrderPlaced') {
      return { ...event, data: { ...event.data, quantity: ids.length, total: eur(totalMinor) } };
    }
    return event.type === 'PlacesConfirmed' ? { ...event, data: { ...event.data, ticketIds: ids } } : event;
  });
