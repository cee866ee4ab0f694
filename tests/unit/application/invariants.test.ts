import { expect } from 'chai';
import { InvariantModel } from '../../../src/application/invariants/invariant-model.js';
import type { Invariant } from '../../../src/application/invariants/invariants.js';
import type { RecordedEvent } from '../../../src/application/ports/event-store.js';
import { catalogue, recorded, type Step } from '../../support/recorded.js';
import {
  at,
  authorised,
  authorisedAtBank,
  booked,
  captured,
  eur,
  held,
  issued,
  lapsed,
  soldTo,
  soundHistory,
  started,
} from '../../support/sound-history.js';

const modelOf = (events: readonly RecordedEvent[]): InvariantModel => {
  const model = new InvariantModel(catalogue);
  for (const event of events) model.apply(event);
  return model;
};

const brokenBy = (steps: readonly Step[], isQuiescent = false): readonly Invariant[] => [
  ...new Set(
    modelOf(recorded(steps))
      .violations({ isQuiescent })
      .map(({ invariant }) => invariant),
  ),
];

/** Index of the first event of a type, in one stream if it is given. */
const indexOf = (type: string, stream?: string): number => {
  const index = soundHistory.findIndex(([name, event]) => event.type === type && (stream ?? name) === name);
  if (index < 0) throw new Error(`the history has no ${type}`);
  return index;
};

const behind = (type: string, stream: string | undefined, ...steps: readonly Step[]): readonly Step[] =>
  soundHistory.toSpliced(indexOf(type, stream) + 1, 0, ...steps);
const without = (type: string, stream?: string): readonly Step[] => soundHistory.toSpliced(indexOf(type, stream), 1);
const instead = (type: string, stream: string | undefined, ...steps: readonly Step[]): readonly Step[] =>
  soundHistory.toSpliced(indexOf(type, stream), 1, ...steps);
const ending = (...steps: readonly Step[]): readonly Step[] => [...soundHistory, ...steps];

const sale = (capacity: number, seats?: readonly string[]): Step => [
  'sale-o',
  {
    type: 'SaleAnnounced',
    data: {
      saleId: 'o',
      name: 'Outra',
      venue: 'Sala',
      startsAt: at,
      capacity,
      ...(seats && { seats }),
      price: eur(100),
      perPersonLimit: 2,
      holdSeconds: 60,
      announcedAt: at,
    },
  },
];
const heldThere = (orderId: string, quantity: number, personId = orderId): Step => [
  'sale-o',
  { type: 'PlacesHeld', data: { orderId, personId, quantity, heldAt: at, expiresAt: at + 60_000 } },
];
const refunded = (refundId: string): readonly Step[] => [
  [
    'transaction-z',
    {
      type: 'TransactionRefundRequested',
      data: { refundId, transactionId: 'z', cardId: 'k', amount: eur(1_000), requestedAt: at },
    },
  ],
];

const credited = { refundId: 'r-1', transactionId: 'z', amount: eur(1_000), description: 'Noite' };
const creditedUnasked: readonly Step[] = [
  ...refunded('r-1'),
  ['card-k', { type: 'CreditAnnounced', data: { ...credited, announcedAt: at } }],
  ['card-k', { type: 'CreditBooked', data: { ...credited, balanceMinor: -500, bookedAt: at } }],
];
const refundOfX = { refundId: 'r', transactionId: 'x', amount: eur(500) };

/** What was done to the sound history, the history then, and what must be found in it. */
const doctored: readonly (readonly [string, readonly Step[], Invariant])[] = [
  ['more places held than there are', ending(sale(1), heldThere('9', 2)), 'free-held-sold'],
  [
    'capacity below what is sold',
    ending(['sale-s', { type: 'CapacityChanged', data: { capacity: 0, changedAt: at } }]),
    'free-held-sold',
  ],
  ['a sale with fewer seats than places', ending(sale(2, ['B 1'])), 'free-held-sold'],
  ['places held again for an order that has some', behind('PlacesHeld', undefined, held('1')), 'hold-once'],
  ['places sold that had lapsed', behind('OrderExpired', undefined, soldTo('2', ['t-2'])), 'hold-once'],
  ['places that lapse twice', behind('HoldLapsed', undefined, lapsed('2')), 'hold-once'],
  ['places that lapse too early', instead('HoldLapsed', undefined, lapsed('2', at + 59_999)), 'hold-in-time'],
  ['a seat held by two orders', ending(held('9', { seats: ['A 3'] })), 'seat-once'],
  ['a ticket for a seat of another', instead('TicketIssued', 'ticket-t-3', issued('3', 't-3', 'A 1')), 'seat-once'],
  [
    'a person with too many places, over two orders',
    ending(sale(9), heldThere('8', 1, 'p'), heldThere('9', 2, 'p')),
    'limit-per-person',
  ],
  ['a ticket that was not sold', ending(issued('3', 't-4')), 'tickets-as-paid'],
  ['one place sold with two tickets', instead('PlacesSold', undefined, soldTo('1', ['t-1', 't-9'])), 'tickets-as-paid'],
  ['tickets before the payment', without('PaymentAuthorised'), 'tickets-as-paid'],
  ['an order called issued without its ticket', without('TicketIssued'), 'tickets-as-paid'],
  ['a ticket issued twice', ending(issued('3', 't-3')), 'ids-unique'],
  ['one ticket sold to two orders', ending(held('9', { seats: ['A 2'] }), soldTo('9', ['t-3'])), 'ids-unique'],
  ['one transaction for two orders', behind('PaymentStarted', 'order-3', started('3', 'x')), 'ids-unique'],
  ['an order charged with two payments', ending(started('3', 'w')), 'charged-once'],
  ['a payment captured twice', ending(...captured('z', -3_000)), 'charged-once'],
  ['a payment booked twice', ending(booked('z', -3_000)), 'charged-once'],
  ['a balance that lost an update', instead('AmountBooked', 'card-k', booked('x', -1_400)), 'balance-adds-up'],
  ['a card over its limit', ending(...authorisedAtBank('w', 3_000)), 'card-limit'],
  ['more given back than was paid', ending(...refunded('r-1'), ...refunded('r-2')), 'refund-within-paid'],
  [
    'a bank that was asked before the payment was named',
    behind('OrderPlaced', 'order-3', ...authorisedAtBank('z')),
    'steps-in-order',
  ],
  [
    'a payment that the bank never authorised',
    behind('PaymentStarted', 'order-3', authorised('3', 'z')),
    'steps-in-order',
  ],
  ['a refund at the bank that no order asked for', ending(...creditedUnasked), 'bank-agrees'],
  [
    'a refund at the bank of another amount than its order asked for',
    instead('TransactionRefundRequested', undefined, [
      'transaction-x',
      { type: 'TransactionRefundRequested', data: { ...refundOfX, cardId: 'k', requestedAt: at } },
    ]),
    'bank-agrees',
  ],
  [
    'a refund that its order calls refused, and the bank has paid',
    instead('RefundPaid', undefined, [
      'order-1',
      { type: 'RefundRefused', data: { refundId: 'r', code: 'refund_exceeds_paid', refusedAt: at } },
    ]),
    'bank-agrees',
  ],
  [
    'a void that no order asked for',
    behind('PaymentAuthorised', 'order-3', [
      'transaction-z',
      { type: 'TransactionVoided', data: { transactionId: 'z', voidedAt: at } },
    ]),
    'bank-agrees',
  ],
  [
    'a capture that no order asked for',
    behind('TransactionAuthorised', 'transaction-z', ...captured('z', -1_500)),
    'bank-agrees',
  ],
  [
    'a payment at the bank of another amount than its order named',
    instead('TransactionRequested', 'transaction-z', ...authorisedAtBank('z', 1_400).slice(0, 1)),
    'bank-agrees',
  ],
  [
    'a credit of another amount than the refund',
    instead('CreditBooked', undefined, [
      'card-k',
      { type: 'CreditBooked', data: { ...refundOfX, description: 'Noite', balanceMinor: -1_000, bookedAt: at } },
    ]),
    'balance-adds-up',
  ],
  [
    'a payment called declined that the bank has authorised',
    instead('PaymentAuthorised', 'order-3', [
      'order-3',
      {
        type: 'PaymentDeclined',
        data: { transactionId: 'z', code: 'over_limit', networkCode: '51', mayRetry: true, declinedAt: at },
      },
    ]),
    'steps-in-order',
  ],
  ['an event lost in between', without('SaleAnnounced'), 'steps-in-order'],
  [
    'an order that took another price',
    instead('PaymentStarted', 'order-3', [
      'order-3',
      {
        type: 'PaymentStarted',
        data: { transactionId: 'z', cardToken: 'token', amount: eur(1), startedAt: at, expiresAt: at },
      },
    ]),
    'sums-agree',
  ],
];

/** One place of a free sale, up to its ticket. */
const freeOrder: readonly Step[] = [
  sale(9),
  heldThere('9', 1),
  [
    'order-9',
    {
      type: 'OrderPlaced',
      data: {
        orderId: '9',
        saleId: 'o',
        saleName: 'Outra',
        buyer: { email: 'ana@example.org', name: 'Ana' },
        personId: '9',
        lines: [{ description: 'Outra', quantity: 1, unitPrice: eur(0) }],
        quantity: 1,
        total: eur(0),
        placedAt: at,
        expiresAt: at + 60_000,
      },
    },
  ],
  [
    'sale-o',
    { type: 'PlacesSold', data: { orderId: '9', personId: '9', quantity: 1, ticketIds: ['t-9'], soldAt: at } },
  ],
  ['order-9', { type: 'PlacesConfirmed', data: { ticketIds: ['t-9'], confirmedAt: at } }],
  [
    'ticket-t-9',
    {
      type: 'TicketIssued',
      data: {
        ticketId: 't-9',
        saleId: 'o',
        orderId: '9',
        holder: { email: 'ana@example.org', name: 'Ana' },
        issuedAt: at,
      },
    },
  ],
  ['order-9', { type: 'TicketsIssued', data: { ticketIds: ['t-9'], issuedAt: at } }],
  ['order-9', { type: 'OrderFulfilled', data: { fulfilledAt: at } }],
];

const lastBooking = soundHistory.findLastIndex(([, { type }]) => type === 'AmountBooked');

/** Found only where nothing is under way: the history ends before its time. */
const cutShort: readonly (readonly [string, readonly Step[], Invariant])[] = [
  [
    'places sold, and the order knows nothing',
    soundHistory.slice(0, indexOf('PlacesConfirmed', 'order-3')),
    'tickets-as-paid',
  ],
  [
    'tickets issued and not paid',
    soundHistory.slice(0, indexOf('TransactionCaptured', 'transaction-z')),
    'tickets-as-paid',
  ],
  [
    'money held for an order that forgot it',
    soundHistory.slice(0, indexOf('PaymentAuthorised', 'order-3')),
    'charge-has-ticket',
  ],
  ['captured and not on the card', soundHistory.toSpliced(lastBooking, 1), 'balance-adds-up'],
  [
    'a charge that belongs to no order',
    ending(...authorisedAtBank('w'), ...captured('w', -3_000)),
    'charge-has-ticket',
  ],
  ['a free order whose tickets are left out', ending(...freeOrder.slice(0, -3)), 'tickets-as-paid'],
  ['a refund on no card', ending(...refunded('r-1')), 'charge-has-ticket'],
  ['cards that owe what no order took', ending(...authorisedAtBank('w'), ...captured('w', -3_000)), 'sums-agree'],
];

describe('invariants', () => {
  it('hold in a sound history, when it is quiescent and after each of its events', () => {
    expect(brokenBy(soundHistory, true)).to.deep.equal([]);
    for (let length = 1; length < soundHistory.length; length++) {
      expect(brokenBy(soundHistory.slice(0, length)), `after ${length} events`).to.deep.equal([]);
    }
  });

  it('hold for a free order, which nobody pays and nobody may ask to be paid', () => {
    expect(brokenBy(ending(...freeOrder), true)).to.deep.equal([]);
    expect(brokenBy(ending(...freeOrder.slice(0, 3), started('9', 'w')))).to.include('sums-agree');
  });

  for (const [what, steps, invariant] of doctored) {
    it(`${invariant} is broken by ${what}`, () => {
      expect(brokenBy(steps)).to.include(invariant);
    });
  }

  for (const [what, steps, invariant] of cutShort) {
    it(`${invariant} is broken when all is quiescent by ${what}`, () => {
      expect(brokenBy(steps)).to.not.include(invariant);
      expect(brokenBy(steps, true)).to.include(invariant);
    });
  }

  it('names the stream and what was found there', () => {
    const [found] = modelOf(recorded(behind('HoldLapsed', undefined, lapsed('2')))).violations({ isQuiescent: false });
    expect(found).to.deep.equal({
      invariant: 'hold-once',
      subject: 'sale-s',
      detail: 'HoldLapsed of order 2, whose places are lapsed',
    });
  });

  it('a revision that is missing or comes twice is found', () => {
    const events = recorded(soundHistory);
    for (const doctored of [events.toSpliced(5, 1), events.toSpliced(5, 0, ...events.slice(4, 5))]) {
      const found = modelOf(doctored).violations({ isQuiescent: false });
      expect(found.map(({ invariant }) => invariant)).to.include('ids-unique');
    }
  });

  it('an event that can not be read is found, and what follows in its stream is counted', () => {
    const events = recorded(soundHistory).map((event) =>
      event.type === 'SaleOpened' ? { ...event, data: '{"openedAt":"x"}' } : event,
    );
    const found = modelOf(events).violations({ isQuiescent: true });
    expect(found.map(({ invariant, subject }) => [invariant, subject])).to.deep.equal([['readable', 'sale-s']]);
  });

  it('keeps a bounded list', () => {
    const steps = Array.from({ length: 3_000 }, () => held('1'));
    expect(modelOf(recorded(steps)).violations({ isQuiescent: true })).to.have.length(1_000);
  });
});
