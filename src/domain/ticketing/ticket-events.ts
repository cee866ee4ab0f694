import { type EventOf, event } from '../event.js';
import { count, instant, object, oneOf, optional, text } from '../shape.js';

const holder = object({ email: text, name: text });

/** The life of one admission after it was sold. Its secret follows from its id and generation and is never stored. */
export const ticketEvents = {
  TicketIssued: event(1, {
    ticketId: text,
    saleId: text,
    orderId: text,
    seat: optional(text),
    holder,
    issuedAt: instant,
  }),
  /** `nonce` is the hash of the gate and the scan's nonce; the gate is missing where scans named none yet. */
  TicketCheckedIn: event(1, { nonce: text, gateId: optional(text), checkedInAt: instant }),
  TicketCheckedOut: event(1, { nonce: text, gateId: optional(text), checkedOutAt: instant }),
  /** The secrets of all generations below this one are revoked. */
  TicketTransferred: event(1, { to: holder, generation: count, transferredAt: instant }),
  TicketBlocked: event(1, { reason: text, blockedAt: instant }),
  TicketUnblocked: event(1, { unblockedAt: instant }),
  TicketRevoked: event(1, { reason: text, revokedAt: instant }),
  TicketCancelled: event(1, { refundId: text, cancelledAt: instant }),
  /** The refund that it was cancelled for has failed: it is what it was before. */
  TicketReinstated: event(1, { refundId: text, status: oneOf('issued', 'blocked'), reinstatedAt: instant }),
  TicketRefunded: event(1, { refundId: text, refundedAt: instant }),
  TicketReturned: event(1, { returnedAt: instant }),
};
export type TicketEvent = EventOf<typeof ticketEvents>;
