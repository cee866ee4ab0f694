import type { Money } from '../money.js';
import { type ProcessManager, soonestOf, type Timer } from '../process.js';
import { authorisationLastsMs, confirmationLastsMs, transaction } from './transaction.js';
import type { PresentedCard, TransactionEvent } from './transaction-events.js';
import type { TransactionRequest, TransactionState } from './transaction-state.js';

export type CardPaymentEffect =
  | { readonly do: 'reserve'; readonly request: TransactionRequest; readonly card: PresentedCard }
  | { readonly do: 'require action' | 'expire' }
  | { readonly do: 'book' | 'release'; readonly cardId: string }
  | {
      readonly do: 'credit';
      readonly cardId: string;
      readonly refundId: string;
      readonly amount: Money;
      readonly description: string;
    };

/** Longer than a call to the bank takes: only a process that stopped leaves one behind. */
export const leftBehindMs = 10_000;

/** Times in milliseconds since the epoch. */
interface CardPaymentTimes {
  readonly payment: number | null;
  /** Refunds that are open, by their ids. */
  readonly refunds: Readonly<Record<string, number>>;
}

const timer: Timer<CardPaymentTimes, TransactionEvent> = {
  initialState: () => ({ payment: null, refunds: {} }),

  evolve: (times, event) => {
    switch (event.type) {
      case 'TransactionRequested':
        return { ...times, payment: event.data.requestedAt + leftBehindMs };
      case 'ActionRequired':
        return { ...times, payment: event.data.requiredAt + confirmationLastsMs };
      case 'ActionConfirmed':
        return { ...times, payment: event.data.confirmedAt + leftBehindMs };
      case 'TransactionAuthorised':
        return { ...times, payment: event.data.authorisedAt + authorisationLastsMs };
      case 'TransactionDeclined':
      case 'TransactionCaptured':
      case 'TransactionVoided':
      case 'TransactionExpired':
      case 'TransactionBarred':
        return { ...times, payment: null };
      case 'TransactionRefundRequested':
        return {
          ...times,
          refunds: { ...times.refunds, [event.data.refundId]: event.data.requestedAt + leftBehindMs },
        };
      case 'TransactionRefunded': {
        const { [event.data.refundId]: _, ...refunds } = times.refunds;
        return { ...times, refunds };
      }
      default:
        return event satisfies never;
    }
  },

  dueAt: ({ payment, refunds }) => soonestOf([payment, ...Object.values(refunds)]),
};

/**
 * A card payment at the bank: the transaction's stream decides what is to be; the card's stream holds, books and frees the
 * amount. Booking and releasing are told to the card again each time, which takes each once; those that a crash left out
 * are found by the card's own process.
 */
export const cardPayment: ProcessManager<TransactionState, CardPaymentEffect, TransactionEvent, CardPaymentTimes> = {
  name: 'card-payment',
  version: 1,
  decider: transaction,

  next: (state, now) => {
    switch (state.status) {
      case 'requested': {
        const { request, isConfirmed } = state;
        if (request.card === undefined) return [];
        const mayReserve = isConfirmed || request.card.testBehaviour !== 'confirm';
        return [mayReserve ? { do: 'reserve', request, card: request.card } : { do: 'require action' }];
      }
      case 'action_required':
        return now >= state.requiredAt + confirmationLastsMs ? [{ do: 'expire' }] : [];
      case 'authorised':
        return now >= state.authorisedAt + authorisationLastsMs ? [{ do: 'expire' }] : [];
      case 'captured':
        return [{ do: 'book', cardId: state.card.cardId }, ...creditsOf(state)];
      case 'voided':
      case 'expired':
      case 'declined':
        return state.request.card === undefined ? [] : [{ do: 'release', cardId: state.request.card.cardId }];
      case 'none':
      case 'barred':
        return [];
      default:
        return state satisfies never;
    }
  },

  timer,
};

const creditsOf = ({
  card: { cardId },
  request,
  refunds,
}: Extract<TransactionState, { status: 'captured' }>): readonly CardPaymentEffect[] => {
  const { description } = request;
  const { currency } = request.amount;
  return refunds
    .filter(({ isCredited }) => !isCredited)
    .map(({ refundId, amountMinor }) => ({
      do: 'credit',
      cardId,
      refundId,
      amount: { amountMinor, currency },
      description,
    }));
};
