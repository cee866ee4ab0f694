import type { CommandUnion, DataOf, Decision, Timed } from '../decider.js';
import type { Money } from '../money.js';
import type { CardEvent, UsedToken } from './card-events.js';
import type { PresentedCard } from './transaction-events.js';

type OfTransaction = Timed & { readonly transactionId: string };

interface Commands {
  Issue: Omit<DataOf<CardEvent, 'CardIssued'>, 'issuedAt' | 'issuedFor'> & Timed & { readonly issuedFor: string };
  Reserve: OfTransaction & {
    readonly amount: Money;
    readonly description: string;
    readonly card: PresentedCard;
    /** What the card was presented by; absent in requests from before tokens ended. */
    readonly token?: UsedToken;
    /** When the transaction was requested, by its own stream. */
    readonly requestedAt: number;
  };
  /** For a payment that is authorised and not captured yet. */
  Keep: OfTransaction & { readonly until: number };
  Release: OfTransaction;
  Book: OfTransaction;
  AnnounceCredit: OfTransaction & { readonly refundId: string; readonly amount: Money; readonly description: string };
  BookCredit: Timed & { readonly refundId: string };
}

export type CardCommand = CommandUnion<Commands>;

/**
 * `card_exists`: the number belongs to another request.
 * `requested_too_long_ago`: the card may have forgotten how this transaction ended.
 */
export type CardRefusal =
  | { readonly code: 'unknown_card' }
  | { readonly code: 'card_exists' }
  | { readonly code: 'requested_too_long_ago' };

export type CardDecision = Decision<CardEvent, CardRefusal>;
