import { expect } from 'chai';
import fc from 'fast-check';
import { card } from '../../../src/domain/banking/card.js';
import type { CardCommand } from '../../../src/domain/banking/card-commands.js';
import type { CardEvent } from '../../../src/domain/banking/card-events.js';
import { availableMinor, type CardState } from '../../../src/domain/banking/card-state.js';
import { declines } from '../../../src/domain/banking/decline.js';
import { transaction } from '../../../src/domain/banking/transaction.js';
import type { TransactionCommand } from '../../../src/domain/banking/transaction-commands.js';
import type { TransactionEvent } from '../../../src/domain/banking/transaction-events.js';
import type { Decider } from '../../../src/domain/decider.js';
import type { DomainEvent } from '../../../src/domain/event.js';
import { fold } from '../../support/decider.js';

const toJson = { cardId: 'c-1', brand: 'visa', lastFour: '1234', expiryMonth: 6, expiryYear: 2030 };
const presented = { ...toJson, isCodeRight: true };
const limitMinor = 1_000;
const issued: CardEvent = {
  type: 'CardIssued',
  data: { ...toJson, holder: 'Ada', limit: { amountMinor: limitMinor, currency: 'EUR' }, issuedAt: 0 },
};

const amount = fc.record({ amountMinor: fc.integer({ min: 1, max: 600 }), currency: fc.constant('EUR') });
const transactionId = fc.constantFrom('t-1', 't-2', 't-3', 't-4', 't-5', 't-6');
const refundId = fc.constantFrom('r-1', 'r-2', 'r-3');
const now = fc.integer({ min: 0, max: 1_000 });
const description = fc.constant('Opera');

const cardCommand: fc.Arbitrary<CardCommand> = fc.oneof(
  fc.record({
    type: fc.constant('Reserve' as const),
    transactionId,
    amount,
    description,
    card: fc.constantFrom(presented, { ...presented, isCodeRight: false }),
    requestedAt: now,
    now,
  }),
  fc.record({ type: fc.constantFrom('Release' as const, 'Book' as const), transactionId, now }),
  fc.record({ type: fc.constant('AnnounceCredit' as const), refundId, transactionId, amount, description, now }),
  fc.record({ type: fc.constant('BookCredit' as const), refundId, now }),
);

const paymentOf = fc.record({ amount, tokenHash: fc.constantFrom('one', 'other') });
const transactionCommand: fc.Arbitrary<TransactionCommand> = fc.oneof(
  fc.tuple(paymentOf, now).map(
    ([asked, requestedAt]): TransactionCommand => ({
      type: 'Request',
      transactionId: 't-1',
      description: 'Opera',
      card: presented,
      requestedAt,
      ...asked,
    }),
  ),
  fc.record({
    type: fc.constantFrom('RequireAction', 'RecordAuthorised', 'RecordAuthorised', 'Capture', 'Void', 'Expire'),
    transactionId: fc.constant('t-1'),
    now,
  }) as fc.Arbitrary<TransactionCommand>,
  fc.record({
    type: fc.constant('RecordDeclined' as const),
    transactionId: fc.constant('t-1'),
    decline: fc.constant(declines.over_limit),
    now,
  }),
  fc.record({
    type: fc.constant('Confirm' as const),
    transactionId: fc.constant('t-1'),
    isApproved: fc.boolean(),
    now,
  }),
  fc.record({ type: fc.constant('Refund' as const), transactionId: fc.constant('t-1'), refundId, amount, now }),
);

/** Runs commands one after the other; each is sent twice, and the second time must add nothing. */
const run = <State, Command, Event extends DomainEvent>(
  decider: Decider<State, Command, Event, unknown>,
  first: readonly Event[],
  commands: readonly Command[],
): { readonly state: State; readonly events: readonly Event[] } => {
  const events = [...first];
  let state = fold(decider, events);
  for (const command of commands) {
    for (const isRepeat of [false, true]) {
      const { events: decided = [] } = decider.decide(command, state);
      if (isRepeat) expect(decided, `twice: ${JSON.stringify(command)}`).to.deep.equal([]);
      for (const event of decided) state = decider.evolve(state, event);
      events.push(...decided);
    }
  }
  return { state, events };
};

const balanceOf = (events: readonly CardEvent[]): number =>
  events.reduce((sum, { type, data }) => {
    if (type === 'AmountBooked') return sum - data.amount.amountMinor;
    return type === 'CreditBooked' ? sum + data.amount.amountMinor : sum;
  }, 0);

const expectLawfulCard = (state: CardState, events: readonly CardEvent[]): void => {
  if (state.status !== 'issued') throw new Error('no account');
  expect(state.balanceMinor, 'balance = credits - debits').to.equal(balanceOf(events));
  expect(availableMinor(state), 'never beyond the limit').to.be.at.least(0);
  const open = [...state.reservations.values()].reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  expect(state.reservedMinor).to.equal(open);
  let lastAt = 0;
  events.forEach((event, index) => {
    if (event.type !== 'AmountBooked' && event.type !== 'CreditBooked') return;
    expect(event.data.balanceMinor, 'running balance').to.equal(balanceOf(events.slice(0, index + 1)));
    expect(event.data.bookedAt, 'booking times').to.be.at.least(lastAt);
    lastAt = event.data.bookedAt;
  });
};

describe('laws of the bank', () => {
  it('a card conserves money, keeps its limit, takes each command once, and is what its events say', () => {
    fc.assert(
      fc.property(fc.array(cardCommand, { maxLength: 40 }), (commands) => {
        const { state, events } = run(card, [issued], commands);
        expectLawfulCard(state, events);
        expect(fold(card, events), 'replay').to.deep.equal(state);
      }),
      { numRuns: 500 },
    );
  });

  it('a transaction is decided once, never refunds more than it captured, and is what its events say', () => {
    fc.assert(
      fc.property(fc.array(transactionCommand, { maxLength: 40 }), (commands) => {
        const { state, events } = run(transaction, [], commands);
        const of = (...types: readonly TransactionEvent['type'][]) => events.filter(({ type }) => types.includes(type));
        expect(of('TransactionAuthorised', 'TransactionDeclined', 'TransactionBarred').length).to.be.at.most(1);
        expect(
          of('TransactionCaptured', 'TransactionVoided', 'TransactionExpired', 'TransactionDeclined').length,
        ).to.be.at.most(1);
        if (state.status === 'captured') {
          const refunded = state.refunds.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
          expect(refunded).to.be.at.most(state.request.amount.amountMinor);
        } else expect(of('TransactionRefundRequested')).to.deep.equal([]);
        expect(fold(transaction, events), 'replay').to.deep.equal(state);
      }),
      { numRuns: 500 },
    );
  });
});
