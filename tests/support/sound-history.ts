import type { Step } from './recorded.js';

export const at = Date.parse('2026-03-10T12:00:00Z');
export const eur = (amountMinor: number) => ({ amountMinor, currency: 'EUR' });
const cardOf = { cardId: 'k', brand: 'visa', lastFour: '4242' };
const presented = { ...cardOf, expiryMonth: 12, expiryYear: 2030, isCodeRight: true };
const buyer = { email: 'ana@example.org', name: 'Ana' };

export const held = (orderId: string, own: object = {}): Step => [
  'sale-s',
  {
    type: 'PlacesHeld',
    data: {
      orderId,
      personId: orderId,
      quantity: 1,
      seats: [`A ${orderId}`],
      heldAt: at,
      expiresAt: at + 60_000,
      ...own,
    },
  },
];

const placed = (orderId: string): Step => [
  `order-${orderId}`,
  {
    type: 'OrderPlaced',
    data: {
      orderId,
      saleId: 's',
      saleName: 'Noite',
      buyer,
      personId: orderId,
      lines: [{ description: 'Noite', quantity: 1, unitPrice: eur(1_500) }],
      quantity: 1,
      seats: [`A ${orderId}`],
      total: eur(1_500),
      placedAt: at,
      expiresAt: at + 60_000,
    },
  },
];

export const lapsed = (orderId: string, lapsedAt = at + 60_000): Step => [
  'sale-s',
  { type: 'HoldLapsed', data: { orderId, personId: orderId, quantity: 1, seats: [`A ${orderId}`], lapsedAt } },
];

export const started = (orderId: string, transactionId: string): Step => [
  `order-${orderId}`,
  {
    type: 'PaymentStarted',
    data: { transactionId, cardToken: 'token', amount: eur(1_500), startedAt: at, expiresAt: at + 120_000 },
  },
];

export const authorisedAtBank = (transactionId: string, amountMinor = 1_500): readonly Step[] => [
  [
    `transaction-${transactionId}`,
    {
      type: 'TransactionRequested',
      data: {
        transactionId,
        amount: eur(amountMinor),
        description: 'Noite',
        tokenHash: 'hash',
        card: presented,
        requestedAt: at,
      },
    },
  ],
  [
    'card-k',
    {
      type: 'AmountReserved',
      data: { transactionId, amount: eur(amountMinor), description: 'Noite', reservedAt: at },
    },
  ],
  [
    `transaction-${transactionId}`,
    { type: 'TransactionAuthorised', data: { transactionId, ...cardOf, amount: eur(amountMinor), authorisedAt: at } },
  ],
];

export const captured = (transactionId: string, balanceMinor: number, amountMinor = 1_500): readonly Step[] => [
  [
    `transaction-${transactionId}`,
    { type: 'TransactionCaptured', data: { transactionId, cardId: 'k', amount: eur(amountMinor), capturedAt: at } },
  ],
  booked(transactionId, balanceMinor, amountMinor),
];

export const booked = (transactionId: string, balanceMinor: number, amountMinor = 1_500): Step => [
  'card-k',
  {
    type: 'AmountBooked',
    data: { transactionId, amount: eur(amountMinor), description: 'Noite', balanceMinor, bookedAt: at },
  },
];

export const authorised = (orderId: string, transactionId: string): Step => [
  `order-${orderId}`,
  { type: 'PaymentAuthorised', data: { transactionId, card: cardOf, authorisedAt: at } },
];

export const soldTo = (orderId: string, ticketIds: readonly string[], quantity = 1): Step => [
  'sale-s',
  {
    type: 'PlacesSold',
    data: { orderId, personId: orderId, quantity, seats: [`A ${orderId}`], ticketIds, soldAt: at },
  },
];

export const issued = (orderId: string, ticketId: string, seat = `A ${orderId}`): Step => [
  `ticket-${ticketId}`,
  { type: 'TicketIssued', data: { ticketId, saleId: 's', orderId, seat, holder: buyer, issuedAt: at } },
];

const confirmed = (orderId: string): readonly Step[] => [
  soldTo(orderId, [`t-${orderId}`]),
  [`order-${orderId}`, { type: 'PlacesConfirmed', data: { ticketIds: [`t-${orderId}`], confirmedAt: at } }],
  issued(orderId, `t-${orderId}`),
  [`order-${orderId}`, { type: 'TicketsIssued', data: { ticketIds: [`t-${orderId}`], issuedAt: at } }],
];

const fulfilled = (orderId: string, transactionId: string): readonly Step[] => [
  [`order-${orderId}`, { type: 'PaymentCaptured', data: { transactionId, capturedAt: at } }],
  [`order-${orderId}`, { type: 'OrderFulfilled', data: { fulfilledAt: at } }],
];

const refund = { refundId: 'r', transactionId: 'x', amount: eur(1_500) };

/** A sale of three seats; order `1` is paid with `x` and refunded, order `2` lapsed, order `3` is paid with `z`. */
export const soundHistory: readonly Step[] = [
  [
    'sale-s',
    {
      type: 'SaleAnnounced',
      data: {
        saleId: 's',
        name: 'Noite',
        venue: 'Sala',
        startsAt: at,
        capacity: 3,
        seats: ['A 1', 'A 2', 'A 3'],
        price: eur(1_500),
        perPersonLimit: 1,
        holdSeconds: 60,
        announcedAt: at,
      },
    },
  ],
  ['sale-s', { type: 'SaleOpened', data: { openedAt: at } }],
  [
    'card-k',
    {
      type: 'CardIssued',
      data: { ...cardOf, expiryMonth: 12, expiryYear: 2030, holder: 'Ana', limit: eur(3_000), issuedAt: at },
    },
  ],
  held('1'),
  placed('1'),
  started('1', 'x'),
  ...authorisedAtBank('x'),
  authorised('1', 'x'),
  ...confirmed('1'),
  ...captured('x', -1_500),
  ...fulfilled('1', 'x'),
  ['order-1', { type: 'RefundRequested', data: { ...refund, ticketIds: ['t-1'], requestedAt: at } }],
  ['ticket-t-1', { type: 'TicketCancelled', data: { refundId: 'r', cancelledAt: at } }],
  ['transaction-x', { type: 'TransactionRefundRequested', data: { ...refund, cardId: 'k', requestedAt: at } }],
  ['card-k', { type: 'CreditAnnounced', data: { ...refund, description: 'Noite', announcedAt: at } }],
  ['card-k', { type: 'CreditBooked', data: { ...refund, description: 'Noite', balanceMinor: 0, bookedAt: at } }],
  ['ticket-t-1', { type: 'TicketRefunded', data: { refundId: 'r', refundedAt: at } }],
  ['order-1', { type: 'RefundPaid', data: { refundId: 'r', paidAt: at } }],
  held('2'),
  placed('2'),
  lapsed('2'),
  ['order-2', { type: 'OrderExpired', data: { expiredAt: at + 60_000 } }],
  held('3'),
  placed('3'),
  started('3', 'z'),
  ...authorisedAtBank('z'),
  authorised('3', 'z'),
  ...confirmed('3'),
  ...captured('z', -1_500),
  ...fulfilled('3', 'z'),
];
