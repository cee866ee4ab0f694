import type { CommandUnion, DataOf, Decision, Timed } from '../decider.js';
import type { OrderEvent } from './order-events.js';
import type { OrderStatus, Payment } from './order-state.js';

type OfPayment = Timed & { readonly transactionId: string };

interface Commands {
  Place: DataOf<OrderEvent, 'OrderPlaced'>;
  Extend: Timed & { readonly expiresAt: number };
  StartPayment: OfPayment & { readonly cardToken: string; readonly expiresAt: number };
  RecordAnswer: OfPayment & { readonly answer: PaymentAnswer };
  Abandon: OfPayment;
  /** By the buyer, whose confirmation hangs. */
  GiveUpPayment: OfPayment;
  ConfirmPlaces: Timed & { readonly ticketIds: readonly string[]; readonly seats?: readonly string[] };
  LosePlaces: OfPayment;
  MarkIssued: Timed;
  Expire: Timed;
  Cancel: Timed;
  /**
   * For named tickets, for an amount, or for all that is left. Whatever leaves no money on the order cancels all its
   * tickets, unless they are to be kept.
   */
  RequestRefund: Timed & {
    readonly refundId: string;
    readonly amountMinor?: number;
    readonly ticketIds?: readonly string[];
    readonly keepsTickets?: boolean;
  };
  /** For places of tickets that were paid back. */
  RequestReturn: Timed & { readonly returnId: string; readonly ticketIds: readonly string[] };
  RecordReturn: Timed & { readonly returnId: string };
  RecordRefund: Timed & { readonly refundId: string; readonly refusedWith?: string };
  /** By a human, where the process can't go on by itself. */
  RequestReview: Timed & { readonly reason: string };
  ResolveReview: Timed & { readonly note: string; readonly by: string };
}

export type OrderCommand = CommandUnion<Commands>;

/** What became of a payment at the bank, as far as it is known. */
export type PaymentAnswer =
  | { readonly status: 'authorised'; readonly card: DataOf<OrderEvent, 'PaymentAuthorised'>['card'] }
  | ({ readonly status: 'declined' } & NonNullable<Payment['decline']>)
  | {
      readonly status: 'action_required';
      readonly actionUrl: string;
      readonly inquireAt: number;
      readonly giveUpAt: number;
    }
  | { readonly status: 'unknown'; readonly inquireAt: number }
  | { readonly status: 'captured' }
  | { readonly status: 'reversed' };

export type OrderRefusal =
  | { readonly code: 'order_unknown' | 'payment_unknown' }
  | { readonly code: 'hold_lapsed' }
  | { readonly code: 'order_cancelled' }
  | { readonly code: 'already_paid' }
  /** The order is free. */
  | { readonly code: 'nothing_to_pay' }
  | { readonly code: 'payment_in_progress'; readonly transactionId: string }
  | { readonly code: 'too_many_attempts'; readonly limit: number }
  | { readonly code: 'not_cancellable'; readonly status: OrderStatus }
  | { readonly code: 'not_extendable'; readonly status: OrderStatus }
  | { readonly code: 'not_refundable'; readonly status: OrderStatus }
  | { readonly code: 'refund_exceeds_paid'; readonly leftMinor: number }
  | { readonly code: 'unknown_tickets' | 'not_refunded'; readonly ticketIds: readonly string[] }
  | { readonly code: 'not_waiting_for_this' };

export type OrderDecision = Decision<OrderEvent, OrderRefusal>;
