import { type EventOf, event } from '../event.js';
import { money } from '../money.js';
import { count, flag, instant, listOf, object, oneOf, optional, text } from '../shape.js';

const seats = optional(listOf(text));

/** A buyer's purchase, from the held places to the tickets and their refunds. */
export const orderEvents = {
  OrderPlaced: event(1, {
    orderId: text,
    saleId: text,
    saleName: text,
    buyer: object({ email: text, name: text }),
    personId: text,
    lines: listOf(object({ description: text, quantity: count, unitPrice: money })),
    quantity: count,
    seats,
    total: money,
    placedAt: instant,
    expiresAt: instant,
  }),
  OrderExtended: event(1, { expiresAt: instant, extendedAt: instant }),
  /** Named before the bank is asked: whoever asks again uses this transaction id. */
  PaymentStarted: event(1, {
    transactionId: text,
    /** Sealed; in clear in events from before tokens ended, which the bank takes no more. */
    cardToken: text,
    amount: money,
    startedAt: instant,
    expiresAt: instant,
  }),
  PaymentActionRequired: event(1, {
    transactionId: text,
    actionUrl: text,
    inquireAt: instant,
    giveUpAt: instant,
  }),
  /** The bank didn't say: asked again at `inquireAt`, reversed after `giveUpAt`. */
  PaymentOutcomeUnknown: event(1, {
    transactionId: text,
    inquiries: count,
    inquireAt: instant,
    giveUpAt: instant,
    askedAt: instant,
  }),
  /** Named before the bank is asked to reverse it: what the bank says of it later makes no tickets any more. */
  PaymentAbandoned: event(1, { transactionId: text, abandonedAt: instant }),
  PaymentAuthorised: event(1, {
    transactionId: text,
    card: object({ cardId: text, brand: text, lastFour: text }),
    authorisedAt: instant,
  }),
  PaymentDeclined: event(1, {
    transactionId: text,
    code: text,
    networkCode: text,
    mayRetry: flag,
    declinedAt: instant,
  }),
  PlacesConfirmed: event(1, { ticketIds: listOf(text), seats, confirmedAt: instant }),
  /** The money came after the places had gone: it is given back. */
  PlacesLost: event(1, { transactionId: text, lostAt: instant }),
  PaymentReversed: event(1, {
    transactionId: text,
    reason: oneOf('places_lost', 'outcome_unknown'),
    reversedAt: instant,
  }),
  TicketsIssued: event(1, { ticketIds: listOf(text), issuedAt: instant }),
  PaymentCaptured: event(1, { transactionId: text, capturedAt: instant }),
  OrderFulfilled: event(1, { fulfilledAt: instant }),
  OrderExpired: event(1, { expiredAt: instant }),
  OrderCancelled: event(1, { cancelledAt: instant }),
  RefundRequested: event(1, { refundId: text, amount: money, ticketIds: listOf(text), requestedAt: instant }),
  RefundPaid: event(1, { refundId: text, paidAt: instant }),
  RefundRefused: event(1, { refundId: text, code: text, refusedAt: instant }),
  /** Places of refunded tickets are to be on sale again. */
  ReturnRequested: event(1, { returnId: text, ticketIds: listOf(text), requestedAt: instant }),
  TicketsReturned: event(1, { returnId: text, ticketIds: listOf(text), returnedAt: instant }),
  /** The process can't go on by itself. */
  HumanNeeded: event(1, { reason: text, since: instant }),
  HumanDone: event(1, { note: text, by: optional(text), doneAt: instant }),
};
export type OrderEvent = EventOf<typeof orderEvents>;
