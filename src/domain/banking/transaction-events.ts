import { type EventOf, event } from '../event.js';
import { money } from '../money.js';
import { count, flag, instant, object, optional, type ShapeType, text } from '../shape.js';
import { declineFields, testBehaviour } from './decline.js';

/** A card as a buyer presented it: what a token tells, never the number or the security code. */
export const presentedCard = object({
  cardId: text,
  brand: text,
  lastFour: text,
  expiryMonth: count,
  expiryYear: count,
  /** Whether the security code fits the number with this expiry. */
  isCodeRight: flag,
  /** Of test cards only: their account is opened with the first authorisation. */
  testBehaviour: optional(testBehaviour),
});
export type PresentedCard = ShapeType<typeof presentedCard>;

/**
 * A card payment at the bank. These events are the bank's decisions; the card's own stream carries what they do to its
 * account. There is no "settled": the account is booked with the capture, and this bank clears with nobody.
 */
export const transactionEvents = {
  TransactionRequested: event(1, {
    transactionId: text,
    amount: money,
    description: text,
    /** SHA-256 of the token, to know a repeat from another request under the same id. */
    tokenHash: text,
    /** Absent when the token can't be opened, and where none ended yet. */
    tokenEndsAt: optional(instant),
    /** Absent when the token can't be opened. */
    card: optional(presentedCard),
    requestedAt: instant,
  }),
  /** The holder has to confirm the payment at the bank first. */
  ActionRequired: event(1, { transactionId: text, requiredAt: instant }),
  ActionConfirmed: event(1, { transactionId: text, confirmedAt: instant }),
  TransactionAuthorised: event(1, {
    transactionId: text,
    cardId: text,
    brand: text,
    lastFour: text,
    amount: money,
    authorisedAt: instant,
  }),
  TransactionDeclined: event(1, { transactionId: text, amount: money, ...declineFields, declinedAt: instant }),
  TransactionCaptured: event(1, { transactionId: text, cardId: text, amount: money, capturedAt: instant }),
  TransactionVoided: event(1, { transactionId: text, voidedAt: instant }),
  /** Never captured in the time that an authorisation lasts. */
  TransactionExpired: event(1, { transactionId: text, expiredAt: instant }),
  /** Voided before the bank ever saw it: a late authorisation finds it closed. */
  TransactionBarred: event(1, { transactionId: text, barredAt: instant }),
  /** The credit of a refund is booked on the card. */
  TransactionRefunded: event(1, { refundId: text, transactionId: text, refundedAt: instant }),
  TransactionRefundRequested: event(1, {
    refundId: text,
    transactionId: text,
    cardId: text,
    amount: money,
    requestedAt: instant,
  }),
};
export type TransactionEvent = EventOf<typeof transactionEvents>;
