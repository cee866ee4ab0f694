import type { CommandUnion, DataOf, Decision, Timed } from '../decider.js';
import type { TicketEvent } from './ticket-events.js';
import type { Ticket } from './ticket-state.js';

interface Commands {
  Issue: DataOf<TicketEvent, 'TicketIssued'>;
  /** `generation` is that of the secret shown; left out when the ticket was looked up by hand. */
  CheckIn: Timed & { readonly nonce: string; readonly generation?: number };
  CheckOut: Timed & { readonly nonce: string };
  Transfer: Timed & { readonly to: Ticket['holder'] };
  Block: Timed & { readonly reason: string };
  Unblock: Timed;
  Revoke: Timed & { readonly reason: string };
  Cancel: Timed & { readonly refundId: string };
  /** Makes good again what a refund has cancelled that came to nothing. */
  Reinstate: Timed & { readonly refundId: string };
  MarkRefunded: Timed & { readonly refundId: string };
  MarkReturned: Timed;
}

export type TicketCommand = CommandUnion<Commands>;

export type TicketRefusal = {
  readonly code:
    | 'ticket_unknown'
    | 'ticket_blocked'
    | 'ticket_revoked'
    | 'ticket_cancelled'
    | 'secret_revoked'
    | 'already_inside'
    | 'not_inside'
    | 'not_refunded';
};

export type TicketDecision = Decision<TicketEvent, TicketRefusal>;
