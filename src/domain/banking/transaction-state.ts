import type { Money } from '../money.js';
import type { Decline } from './decline.js';
import type { PresentedCard, TransactionEvent } from './transaction-events.js';

/** What was asked for under the transaction's id. */
export interface TransactionRequest {
  readonly amount: Money;
  readonly description: string;
  readonly tokenHash: string;
  readonly tokenEndsAt?: number;
  readonly requestedAt: number;
  readonly card?: PresentedCard;
}

interface WithCard {
  readonly request: TransactionRequest;
  readonly card: PresentedCard;
}

export interface Refund {
  readonly refundId: string;
  readonly amountMinor: number;
  readonly requestedAt: number;
  /** Its credit is booked on the card. */
  readonly isCredited: boolean;
}

export type TransactionState =
  | { readonly status: 'none' }
  | { readonly status: 'barred' }
  | { readonly status: 'requested'; readonly request: TransactionRequest; readonly isConfirmed: boolean }
  | { readonly status: 'action_required'; readonly request: TransactionRequest; readonly requiredAt: number }
  | ({ readonly status: 'authorised'; readonly authorisedAt: number } & WithCard)
  | ({ readonly status: 'captured'; readonly refunds: readonly Refund[] } & WithCard)
  | { readonly status: 'voided' | 'expired'; readonly request: TransactionRequest }
  | { readonly status: 'declined'; readonly request: TransactionRequest; readonly decline: Decline };

export const evolve = (state: TransactionState, event: TransactionEvent): TransactionState => {
  switch (event.type) {
    case 'TransactionRequested':
      return state.status === 'none' ? { status: 'requested', request: event.data, isConfirmed: false } : state;
    case 'ActionRequired':
      if (state.status !== 'requested') return state;
      return { status: 'action_required', request: state.request, requiredAt: event.data.requiredAt };
    case 'ActionConfirmed':
      if (state.status !== 'action_required') return state;
      return { status: 'requested', request: state.request, isConfirmed: true };
    case 'TransactionAuthorised': {
      if (state.status !== 'requested' || state.request.card === undefined) return state;
      const {
        request,
        request: { card },
      } = state;
      return { status: 'authorised', request, card, authorisedAt: event.data.authorisedAt };
    }
    case 'TransactionDeclined': {
      if (state.status !== 'requested' && state.status !== 'action_required') return state;
      const { code, networkCode, mayRetry } = event.data;
      return { status: 'declined', request: state.request, decline: { code, networkCode, mayRetry } };
    }
    case 'TransactionCaptured':
      if (state.status !== 'authorised') return state;
      return { status: 'captured', request: state.request, card: state.card, refunds: [] };
    case 'TransactionVoided':
      if (state.status !== 'requested' && state.status !== 'action_required' && state.status !== 'authorised') {
        return state;
      }
      return { status: 'voided', request: state.request };
    case 'TransactionExpired':
      return state.status === 'authorised' ? { status: 'expired', request: state.request } : state;
    case 'TransactionBarred':
      return state.status === 'none' ? { status: 'barred' } : state;
    case 'TransactionRefundRequested': {
      if (state.status !== 'captured') return state;
      const { refundId, amount, requestedAt } = event.data;
      const refund = { refundId, amountMinor: amount.amountMinor, requestedAt, isCredited: false };
      return { ...state, refunds: [...state.refunds, refund] };
    }
    case 'TransactionRefunded': {
      if (state.status !== 'captured') return state;
      const { refundId } = event.data;
      const credited = (refund: Refund): Refund =>
        refund.refundId === refundId ? { ...refund, isCredited: true } : refund;
      return { ...state, refunds: state.refunds.map(credited) };
    }
    default:
      return event satisfies never;
  }
};
