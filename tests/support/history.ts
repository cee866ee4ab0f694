import type { CardEvent } from '../../src/domain/banking/card-events.js';
import type { TransactionEvent } from '../../src/domain/banking/transaction-events.js';
import type { DomainEvent } from '../../src/domain/event.js';
import type { OrderEvent } from '../../src/domain/ticketing/order-events.js';
import type { SaleEvent } from '../../src/domain/ticketing/sale-events.js';
import type { TicketEvent } from '../../src/domain/ticketing/ticket-events.js';

type AnyEvent = CardEvent | TransactionEvent | OrderEvent | SaleEvent | TicketEvent;
type Step = readonly [stream: string, ...events: readonly AnyEvent[]];

export const day = Date.parse('2026-03-10T12:00:00Z');
const eur = (amountMinor: number) => ({ amountMinor, currency: 'EUR' });
const holder = { email: 'ana@example.org', name: 'Ana' };
const card = { cardId: 'k', brand: 'visa', lastFour: '4242' };
const seats = ['A 1', 'A 2'];
const ticketIds = ['t-1', 't-2'];
const places = { orderId: 'o', personId: 'p', quantity: 2, seats };

const sold: readonly Step[] = [
  [
    'sale-s',
    {
      type: 'SaleAnnounced',
      data: {
        saleId: 's',
        name: 'Noite',
        venue: 'Sala',
        startsAt: day,
        capacity: 3,
        seats: [...seats, '3'],
        price: eur(1_500),
        perPersonLimit: 2,
        holdSeconds: 60,
        announcedAt: day,
      },
    },
    { type: 'SaleOpened', data: { openedAt: day } },
    { type: 'PlacesHeld', data: { ...places, heldAt: day, expiresAt: day + 60_000 } },
  ],
  [
    'order-o',
    {
      type: 'OrderPlaced',
      data: {
        orderId: 'o',
        saleId: 's',
        saleName: 'Noite',
        buyer: holder,
        personId: 'p',
        lines: [{ description: 'Noite', quantity: 2, unitPrice: eur(1_500) }],
        quantity: 2,
        seats,
        total: eur(3_000),
        placedAt: day,
        expiresAt: day + 60_000,
      },
    },
    { type: 'OrderExtended', data: { expiresAt: day + 90_000, extendedAt: day } },
  ],
  [
    'sale-s',
    { type: 'HoldExtended', data: { orderId: 'o', expiresAt: day + 90_000, reason: 'buyer', extendedAt: day } },
  ],
];

const paid: readonly Step[] = [
  [
    'card-k',
    {
      type: 'CardIssued',
      data: { ...card, expiryMonth: 12, expiryYear: 2030, holder: 'Ana', limit: eur(100_000), issuedAt: day },
    },
    {
      type: 'ReservationRefused',
      data: {
        transactionId: 'x-1',
        amount: eur(3_000),
        code: 'card_lost',
        networkCode: '41',
        mayRetry: false,
        refusedAt: day,
      },
    },
    {
      type: 'AmountReserved',
      data: { transactionId: 'x-2', amount: eur(3_000), description: 'Noite', reservedAt: day + 5 },
    },
  ],
  [
    'order-o',
    {
      type: 'PaymentStarted',
      data: { transactionId: 'x-1', cardToken: 'k1', amount: eur(3_000), startedAt: day + 1, expiresAt: day + 95_000 },
    },
    {
      type: 'PaymentDeclined',
      data: { transactionId: 'x-1', code: 'card_lost', networkCode: '41', mayRetry: false, declinedAt: day + 2 },
    },
    {
      type: 'PaymentStarted',
      data: { transactionId: 'x-2', cardToken: 'k2', amount: eur(3_000), startedAt: day + 3, expiresAt: day + 96_000 },
    },
    {
      type: 'PaymentOutcomeUnknown',
      data: { transactionId: 'x-2', inquiries: 1, inquireAt: day + 10, giveUpAt: day + 96_000, askedAt: day + 4 },
    },
    { type: 'HumanNeeded', data: { reason: 'bank_silent', since: day + 4 } },
    { type: 'PaymentAuthorised', data: { transactionId: 'x-2', card, authorisedAt: day + 5 } },
    { type: 'PlacesConfirmed', data: { ticketIds, seats, confirmedAt: day + 6 } },
  ],
  ['sale-s', { type: 'PlacesSold', data: { ...places, ticketIds, soldAt: day + 6 } }],
  ...ticketIds.map(
    (ticketId, index): Step => [
      `ticket-${ticketId}`,
      {
        type: 'TicketIssued',
        data: { ticketId, saleId: 's', orderId: 'o', seat: seats[index] ?? '', holder, issuedAt: day + 7 },
      },
    ],
  ),
  [
    'card-k',
    {
      type: 'AmountBooked',
      data: { transactionId: 'x-2', amount: eur(3_000), description: 'Noite', balanceMinor: -3_000, bookedAt: day + 8 },
    },
  ],
  [
    'order-o',
    { type: 'TicketsIssued', data: { ticketIds, issuedAt: day + 7 } },
    { type: 'PaymentCaptured', data: { transactionId: 'x-2', capturedAt: day + 8 } },
    { type: 'OrderFulfilled', data: { fulfilledAt: day + 8 } },
  ],
];

const refunded: readonly Step[] = [
  [
    'order-o',
    {
      type: 'RefundRequested',
      data: { refundId: 'r-1', amount: eur(1_500), ticketIds: ['t-1'], requestedAt: day + 9 },
    },
    { type: 'RefundRequested', data: { refundId: 'r-2', amount: eur(500), ticketIds: [], requestedAt: day + 10 } },
    { type: 'RefundPaid', data: { refundId: 'r-1', paidAt: day + 11 } },
  ],
  ['ticket-t-1', { type: 'TicketCancelled', data: { refundId: 'r-1', cancelledAt: day + 11 } }],
  ['ticket-t-2', { type: 'TicketCheckedIn', data: { nonce: 'n', checkedInAt: day + 12 } }],
  [
    'card-k',
    {
      type: 'CreditAnnounced',
      data: {
        refundId: 'r-1',
        transactionId: 'x-2',
        amount: eur(1_500),
        description: 'Refund',
        announcedAt: day + 11,
      },
    },
  ],
  ['transaction-x-2', { type: 'TransactionVoided', data: { transactionId: 'x-2', voidedAt: day + 13 } }],
];

/** One order of two seats: declined once, then paid, one ticket refunded and another refund on its way. */
export const history: readonly (readonly [stream: string, ...events: readonly DomainEvent[]])[] = [
  ...sold,
  ...paid,
  ...refunded,
];
