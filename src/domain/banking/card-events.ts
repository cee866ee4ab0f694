import { type EventOf, event } from '../event.js';
import { money } from '../money.js';
import { count, flag, instant, integer, object, optional, type ShapeType, text } from '../shape.js';

/** A token that a payment came with: its SHA-256, and when it ends. */
const usedToken = object({ hash: text, endsAt: instant });
export type UsedToken = ShapeType<typeof usedToken>;

/**
 * A card's account. Its revisions are the booking order: each booking carries the balance after it, in minor units of the
 * card's currency, credits less debits, and booking times never go back.
 */
export const cardEvents = {
  CardIssued: event(1, {
    cardId: text,
    brand: text,
    lastFour: text,
    expiryMonth: count,
    expiryYear: count,
    holder: text,
    limit: money,
    issuedAt: instant,
    /** Id of the request that it was issued for: a repeat finds its card by it. */
    issuedFor: optional(text),
  }),
  AmountReserved: event(1, {
    transactionId: text,
    amount: money,
    description: text,
    token: optional(usedToken),
    reservedAt: instant,
  }),
  ReservationRefused: event(1, {
    transactionId: text,
    amount: money,
    code: text,
    networkCode: text,
    mayRetry: flag,
    token: optional(usedToken),
    refusedAt: instant,
  }),
  /** Its payment is authorised and not captured yet: the card holds the amount for it till then. */
  ReservationKept: event(1, { transactionId: text, keptUntil: instant }),
  ReservationReleased: event(1, { transactionId: text, amount: money, releasedAt: instant }),
  AmountBooked: event(1, {
    transactionId: text,
    amount: money,
    description: text,
    balanceMinor: integer,
    bookedAt: instant,
  }),
  /** A credit that the card will get. */
  CreditAnnounced: event(1, {
    refundId: text,
    transactionId: text,
    amount: money,
    description: text,
    announcedAt: instant,
  }),
  CreditBooked: event(1, {
    refundId: text,
    transactionId: text,
    amount: money,
    description: text,
    balanceMinor: integer,
    bookedAt: instant,
  }),
};
export type CardEvent = EventOf<typeof cardEvents>;
