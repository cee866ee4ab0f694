import type { CommandUnion, DataOf, Decision, Timed } from '../decider.js';
import type { TicketEvent } from './ticket-events.js';
import type { Ticket } from './ticket-state.js';

/** `generation` is that of the secret shown; left out when the ticket was looked up by hand. */
interface Scan extends Timed {
  readonly gateId: string;
  /** The sales whose tickets the gate lets pass. */
  readonly saleIds: readonly string[];
  /** Hash of the scan's nonce, which is the gate's own. */
  readonly nonce: string;
  readonly generation?: number;
}

interface Commands {
  Issue: DataOf<TicketEvent, 'TicketIssued'>;
  CheckIn: Scan;
  CheckOut: Scan;
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

export type TicketRefusal =
  | {
      readonly code:
        | 'ticket_unknown'
        | 'ticket_blocked'
        | 'ticket_revoked'
        | 'ticket_cancelled'
        | 'secret_revoked'
        | 'already_inside'
        | 'not_inside'
        | 'not_refunded';
    }
  | { readonly code: 'other_show'; readonly saleId: string };

export type TicketDecision = Decision<TicketEvent, TicketRefusal>;
