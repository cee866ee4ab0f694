import type { CommandUnion, Decision, Timed } from '../decider.js';
import type { Money } from '../money.js';
import type { Decline } from './decline.js';
import type { TransactionEvent } from './transaction-events.js';
import type { TransactionRequest } from './transaction-state.js';

type OfTransaction = { readonly transactionId: string };
type TimedOfTransaction = OfTransaction & Timed;

interface Commands {
  Request: OfTransaction & TransactionRequest;
  RequireAction: TimedOfTransaction;
  Confirm: TimedOfTransaction & { readonly isApproved: boolean };
  RecordAuthorised: TimedOfTransaction;
  RecordDeclined: TimedOfTransaction & { readonly decline: Decline };
  Capture: TimedOfTransaction;
  Void: TimedOfTransaction;
  Expire: TimedOfTransaction;
  RecordRefunded: TimedOfTransaction & { readonly refundId: string };
  Refund: TimedOfTransaction & { readonly refundId: string; readonly amount: Money };
}

export type TransactionCommand = CommandUnion<Commands>;

/** `other_request`: the id already names a payment of another amount, currency, description or token. */
export type TransactionRefusal =
  | { readonly code: 'other_request' }
  | { readonly code: 'not_found' }
  | { readonly code: 'not_captured' }
  | { readonly code: 'no_action_required' }
  | { readonly code: 'amount_invalid' }
  | { readonly code: 'currency_mismatch' }
  | { readonly code: 'refund_exceeds_captured' };

export type TransactionDecision = Decision<TransactionEvent, TransactionRefusal>;
