import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { OrderEvent } from '../../../src/domain/ticketing/order-events.js';
import {
  type OrderDocument,
  orders,
  type PaymentEntry,
  type RefundEntry,
} from '../../../src/projections/ticketing/orders.js';
import { given, uncovered } from '../../support/projection.js';
import type { Step } from '../../support/recorded.js';

const eur = (amountMinor: number) => ({ amountMinor, currency: 'EUR' });
const card = { cardId: 'k', brand: 'visa', lastFour: '4242' };
const decline = { code: 'insufficient_funds', networkCode: '51', mayRetry: true };

const placed = {
  type: 'OrderPlaced',
  data: {
    orderId: 'o',
    saleId: 's',
    saleName: 'Noite',
    buyer: { email: 'ana@example.org', name: 'Ana' },
    personId: 'p',
    lines: [{ description: 'Noite', quantity: 2, unitPrice: eur(1_500) }],
    quantity: 2,
    total: eur(3_000),
    placedAt: 1_000,
    expiresAt: 61_000,
  },
} satisfies OrderEvent;
const extended: OrderEvent = { type: 'OrderExtended', data: { expiresAt: 91_000, extendedAt: 2_000 } };
const started = (transactionId: string, startedAt: number): OrderEvent => ({
  type: 'PaymentStarted',
  data: { transactionId, cardToken: 'token', amount: eur(3_000), startedAt, expiresAt: 75_000 },
});
const actionRequired: OrderEvent = {
  type: 'PaymentActionRequired',
  data: { transactionId: 'x', actionUrl: '/confirm/x', inquireAt: 5_000, giveUpAt: 600_000 },
};
const outcomeUnknown: OrderEvent = {
  type: 'PaymentOutcomeUnknown',
  data: { transactionId: 'x', inquiries: 1, inquireAt: 5_000, giveUpAt: 75_000, askedAt: 4_000 },
};
const abandoned: OrderEvent = { type: 'PaymentAbandoned', data: { transactionId: 'x', abandonedAt: 75_000 } };
const authorised: OrderEvent = { type: 'PaymentAuthorised', data: { transactionId: 'x', card, authorisedAt: 4_000 } };
const declined: OrderEvent = {
  type: 'PaymentDeclined',
  data: { transactionId: 'x', ...decline, declinedAt: 4_000 },
};
const placesConfirmed = {
  type: 'PlacesConfirmed',
  data: { ticketIds: ['t-1', 't-2'], confirmedAt: 5_000 },
} satisfies OrderEvent;
const placesLost: OrderEvent = { type: 'PlacesLost', data: { transactionId: 'x', lostAt: 5_000 } };
const reversed = (reason: 'places_lost' | 'outcome_unknown'): OrderEvent => ({
  type: 'PaymentReversed',
  data: { transactionId: 'x', reason, reversedAt: 6_000 },
});
const ticketsIssued: OrderEvent = { type: 'TicketsIssued', data: { ticketIds: ['t-1', 't-2'], issuedAt: 5_000 } };
const captured: OrderEvent = { type: 'PaymentCaptured', data: { transactionId: 'x', capturedAt: 6_000 } };
const fulfilled: OrderEvent = { type: 'OrderFulfilled', data: { fulfilledAt: 6_000 } };
const expired: OrderEvent = { type: 'OrderExpired', data: { expiredAt: 61_000 } };
const cancelled: OrderEvent = { type: 'OrderCancelled', data: { cancelledAt: 2_000 } };
const refundRequested: OrderEvent = {
  type: 'RefundRequested',
  data: { refundId: 'r', amount: eur(1_500), ticketIds: ['t-1'], requestedAt: 7_000 },
};
const refundPaid: OrderEvent = { type: 'RefundPaid', data: { refundId: 'r', paidAt: 8_000 } };
const refundRefused: OrderEvent = {
  type: 'RefundRefused',
  data: { refundId: 'r', code: 'already_inside', refusedAt: 8_000 },
};
const returnRequested: OrderEvent = {
  type: 'ReturnRequested',
  data: { returnId: 'b', ticketIds: ['t-1'], requestedAt: 8_000 },
};
const ticketsReturned: OrderEvent = {
  type: 'TicketsReturned',
  data: { returnId: 'b', ticketIds: ['t-1'], returnedAt: 9_000 },
};
const humanNeeded: OrderEvent = { type: 'HumanNeeded', data: { reason: 'bank_silent', since: 5_000 } };
const humanDone: OrderEvent = { type: 'HumanDone', data: { note: 'asked the bank', doneAt: 9_000 } };

const order: OrderDocument = {
  orderId: 'o',
  saleId: 's',
  saleName: 'Noite',
  personId: 'p',
  buyer: { email: 'ana@example.org', name: 'Ana' },
  lines: [{ description: 'Noite', quantity: 2, unitPrice: eur(1_500) }],
  quantity: 2,
  seats: null,
  total: eur(3_000),
  placedAt: 1_000,
  expiresAt: 61_000,
  paymentUntil: null,
  status: 'awaiting_payment',
  transactionId: null,
  payments: {},
  refunds: {},
  ticketIds: [],
  stuck: null,
  paidAfterExpiry: null,
  listKey: '0000000000001000~o',
  revision: '0',
};
const payment: PaymentEntry = { transactionId: 'x', status: 'started', amount: eur(3_000), startedAt: 3_000 };
const refund: RefundEntry = {
  refundId: 'r',
  status: 'requested',
  amount: eur(1_500),
  ticketIds: ['t-1'],
  requestedAt: 7_000,
};

/** With one payment, `x`, that keeps the places till 75,000. */
const paying = (values: Partial<PaymentEntry>): Partial<OrderDocument> => ({
  transactionId: 'x',
  payments: { x: { ...payment, ...values } },
  paymentUntil: 75_000,
});

const begun = [started('x', 3_000)];
const done = [...begun, authorised, placesConfirmed, ticketsIssued, captured, fulfilled];
const hasPlaces: Partial<OrderDocument> = {
  ...paying({ status: 'authorised', card }),
  status: 'paid',
  ticketIds: ['t-1', 't-2'],
};
const isDone: Partial<OrderDocument> = {
  ...hasPlaces,
  ...paying({ status: 'captured', card }),
  status: 'fulfilled',
};

const ofOrder = (...events: readonly OrderEvent[]): readonly Step[] => events.map((event) => ['order-o', event]);

type Story = readonly [what: string, events: readonly OrderEvent[], values: Partial<OrderDocument>];

/** What follows the placing of an order, and what its document says then besides. */
const payments: readonly Story[] = [
  ['waits for its payment', [], {}],
  ['is pending while it is paid, and lasts as long', begun, { status: 'pending', ...paying({}) }],
  ['never lasts less for a payment', [extended, ...begun], { status: 'pending', ...paying({}), expiresAt: 91_000 }],
  [
    'names where the holder confirms the payment, and waits for it',
    [...begun, actionRequired],
    {
      status: 'action_required',
      ...paying({ status: 'action_required', actionUrl: '/confirm/x' }),
      paymentUntil: 600_000,
    },
  ],
  ['is being checked', [...begun, outcomeUnknown], { status: 'checking', ...paying({ status: 'unknown' }) }],
  [
    'is being checked once the payment is abandoned, and nobody can confirm it any more',
    [...begun, actionRequired, abandoned],
    { status: 'checking', ...paying({ status: 'unknown' }), paymentUntil: 600_000 },
  ],
  ['is paid', [...begun, authorised], { status: 'paid', ...paying({ status: 'authorised', card }) }],
  [
    'can be paid again',
    [...begun, declined],
    { status: 'awaiting_payment', ...paying({ status: 'declined', decline }) },
  ],
  [
    'keeps the payment that was declined beside the next one',
    [...begun, declined, started('y', 6_000)],
    {
      status: 'pending',
      transactionId: 'y',
      payments: {
        x: { ...payment, status: 'declined', decline },
        y: { ...payment, transactionId: 'y', startedAt: 6_000 },
      },
      paymentUntil: 75_000,
    },
  ],
  [
    'waits for a payment again when an unknown one was reversed',
    [...begun, outcomeUnknown, reversed('outcome_unknown')],
    { status: 'awaiting_payment', ...paying({ status: 'reversed', reversal: 'outcome_unknown' }) },
  ],
];

const endings: readonly Story[] = [
  ['lasts longer', [extended], { expiresAt: 91_000 }],
  ['has its places', [...begun, authorised, placesConfirmed], hasPlaces],
  ['has its tickets', [...begun, authorised, placesConfirmed, ticketsIssued], hasPlaces],
  ['is charged', [...begun, authorised, placesConfirmed, ticketsIssued, captured], { ...isDone, status: 'paid' }],
  ['is fulfilled', done, isDone],
  [
    'has the seats that it was given at last',
    [...begun, authorised, { type: 'PlacesConfirmed', data: { ...placesConfirmed.data, seats: ['A 1', 'A 2'] } }],
    { ...hasPlaces, seats: ['A 1', 'A 2'] },
  ],
  [
    'tells of money that came after the places had gone',
    [...begun, authorised, placesLost],
    {
      status: 'paid',
      ...paying({ status: 'authorised', card }),
      paidAfterExpiry: { reason: 'paid_after_expiry', since: 5_000 },
    },
  ],
  [
    'tells of it no more once the money is given back',
    [...begun, authorised, placesLost, reversed('places_lost')],
    { status: 'awaiting_payment', ...paying({ status: 'reversed', card, reversal: 'places_lost' }) },
  ],
  ['has expired', [expired], { status: 'expired' }],
  ['is cancelled', [cancelled], { status: 'cancelled' }],
  ['has a refund on its way', [...done, refundRequested], { ...isDone, refunds: { r: refund } }],
  [
    'has a refund that is paid',
    [...done, refundRequested, refundPaid],
    { ...isDone, refunds: { r: { ...refund, status: 'paid' } } },
  ],
  [
    'has a refund that was refused, and why',
    [...done, refundRequested, refundRefused],
    { ...isDone, refunds: { r: { ...refund, status: 'refused', code: 'already_inside' } } },
  ],
  [
    'has tickets whose places are on sale again',
    [...done, refundRequested, refundPaid, returnRequested, ticketsReturned],
    { ...isDone, refunds: { r: { ...refund, status: 'paid' } } },
  ],
  ['waits for a person', [humanNeeded], { stuck: { reason: 'bank_silent', since: 5_000 } }],
  ['waits for no person any more', [humanNeeded, humanDone], { stuck: null }],
];

describe('orders', () => {
  for (const [what, events, values] of [...payments, ...endings]) {
    it(`shows an order that ${what}`, () => {
      given(orders, ofOrder(placed, ...events)).then({
        orders: { o: { ...order, ...values, revision: String(events.length) } },
      });
    });
  }

  it('has the seats where places have names', () => {
    const seated: OrderEvent = { type: 'OrderPlaced', data: { ...placed.data, seats: ['A 1', 'A 2'] } };
    given(orders, ofOrder(seated)).then({ orders: { o: { ...order, seats: ['A 1', 'A 2'] } } });
  });

  it('keeps orders apart', () => {
    const second: OrderEvent = { type: 'OrderPlaced', data: { ...placed.data, orderId: 'z' } };
    given(orders, [...ofOrder(placed), ['order-z', second], ['order-z', cancelled]]).then({
      orders: {
        o: order,
        z: { ...order, orderId: 'z', listKey: '0000000000001000~z', status: 'cancelled', revision: '1' },
      },
    });
  });

  it('was given every event of an order', () => {
    expect(uncovered(orders)).to.deep.equal([]);
  });
});
