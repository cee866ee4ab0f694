import type { Money } from '../../domain/money.js';

/** What the bank says of a transaction. `unknown`: it didn't answer, and neither outcome may be assumed. */
export type BankAnswer =
  | { readonly status: 'authorised'; readonly card: CardSummary }
  | { readonly status: 'captured'; readonly card: CardSummary }
  | { readonly status: 'voided' }
  | { readonly status: 'action_required'; readonly actionUrl: string }
  | ({ readonly status: 'declined' } & Decline)
  | { readonly status: 'not_found' }
  | { readonly status: 'unknown' };

export interface CardSummary {
  readonly cardId: string;
  readonly brand: string;
  readonly lastFour: string;
}

export interface Decline {
  /** Ours, e.g. `insufficient_funds`. */
  readonly code: string;
  /** The card network's (ISO 8583 field 39), e.g. `51`. */
  readonly networkCode: string;
  readonly mayRetry: boolean;
}

export type RefundAnswer =
  | { readonly status: 'refunded' }
  | ({ readonly status: 'refused' } & { readonly code: string })
  | { readonly status: 'unknown' };

/**
 * The bank as the purchase sees it. Every call names what it is about by an id that was kept first; asked twice with one
 * id, it gives the same answer and has one effect. Never throws for a bank that is away: that is `unknown`.
 */
export interface Bank {
  authorise(request: {
    readonly transactionId: string;
    readonly cardToken: string;
    readonly amount: Money;
    readonly description: string;
  }): Promise<BankAnswer>;
  capture(request: { readonly transactionId: string }): Promise<BankAnswer>;
  /** Gives an authorised amount back to the card. A transaction that the bank never saw is closed to a later authorisation. */
  void(request: { readonly transactionId: string }): Promise<BankAnswer>;
  refund(request: {
    readonly transactionId: string;
    readonly refundId: string;
    readonly amount: Money;
  }): Promise<RefundAnswer>;
  inquire(request: { readonly transactionId: string }): Promise<BankAnswer>;
  /** Whether as many calls are under way as may be: none should be begun that can be put off. */
  readonly isFull?: boolean;
}
