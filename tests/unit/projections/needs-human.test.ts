import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { OrderEvent } from '../../../src/domain/ticketing/order-events.js';
import { type NeedsHumanDocument, needsHuman } from '../../../src/projections/ticketing/needs-human.js';
import { given, uncovered } from '../../support/projection.js';
import type { Step } from '../../support/recorded.js';

const stuck: OrderEvent = { type: 'HumanNeeded', data: { reason: 'bank_silent', since: 1_000 } };
const stuckAgain: OrderEvent = { type: 'HumanNeeded', data: { reason: 'refund_refused', since: 5_000 } };
const done: OrderEvent = { type: 'HumanDone', data: { note: 'asked the bank', doneAt: 2_000 } };
const placesLost: OrderEvent = { type: 'PlacesLost', data: { transactionId: 'x', lostAt: 3_000 } };
const givenBack: OrderEvent = {
  type: 'PaymentReversed',
  data: { transactionId: 'x', reason: 'places_lost', reversedAt: 4_000 },
};
const neverKnown: OrderEvent = {
  type: 'PaymentReversed',
  data: { transactionId: 'x', reason: 'outcome_unknown', reversedAt: 4_000 },
};

const ofOrder = (...events: readonly OrderEvent[]): readonly Step[] => events.map((event) => ['order-o', event]);

type Shown = Partial<NeedsHumanDocument>;

const isStuck: Shown = {
  orderId: 'o',
  stuck: { reason: 'bank_silent', since: 1_000 },
  stuckKey: '0000000000001000~order-o',
  resolvedAt: null,
};
const isDone: Shown = { orderId: 'o', stuck: null, stuckKey: null, note: 'asked the bank', resolvedAt: 2_000 };
const isPaidLate: Shown = {
  orderId: 'o',
  paidAfterExpiry: { reason: 'paid_after_expiry', since: 3_000 },
  paidKey: '0000000000003000~order-o/paid',
  resolvedAt: null,
};

/** Events of one order, and what must be shown of it then: fields that no event has set yet are left out. */
const stories: readonly (readonly [what: string, events: readonly OrderEvent[], shown: Shown])[] = [
  ['lists an order that the process is stuck with', [stuck], isStuck],
  ['keeps the note of the person who dealt with it', [stuck, done], isDone],
  [
    'lists it again when it is stuck again, with the last note',
    [stuck, done, stuckAgain],
    {
      ...isDone,
      stuck: { reason: 'refund_refused', since: 5_000 },
      stuckKey: '0000000000005000~order-o',
      resolvedAt: null,
    },
  ],
  ['lists money that came after the places had gone', [placesLost], isPaidLate],
  [
    'lists it no more once the money is given back',
    [placesLost, givenBack],
    { orderId: 'o', paidAfterExpiry: null, paidKey: null, resolvedAt: 4_000 },
  ],
  ['lists both matters of one order, each under its own key', [stuck, placesLost], { ...isStuck, ...isPaidLate }],
  [
    'ends one of the two and leaves the other',
    [stuck, placesLost, givenBack],
    { ...isStuck, paidAfterExpiry: null, paidKey: null, resolvedAt: 4_000 },
  ],
];

describe('needs-human', () => {
  for (const [what, events, shown] of stories) {
    it(what, () => {
      given(needsHuman, ofOrder(...events)).then({ 'needs-human': { o: shown } });
    });
  }

  it('has nothing of a payment that was reversed for another reason', () => {
    given(needsHuman, ofOrder(neverKnown)).then({});
  });

  it('was given every event that it handles', () => {
    expect(uncovered(needsHuman)).to.deep.equal([]);
  });
});
