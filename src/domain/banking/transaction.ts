import { type Aggregate, accept, type Decision, refuse } from '../decider.js';
import type { Money } from '../money.js';
import { type Decline, declines } from './decline.js';
import { type PresentedCard, type TransactionEvent, transactionEvents } from './transaction-events.js';

/** What was asked for under the transaction's id. */
export interface TransactionRequest {
  readonly amount: Money;
  readonly description: string;
  readonly tokenHash: string;
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

export type TransactionCommand =
  | ({ readonly type: 'request'; readonly transactionId: string } & TransactionRequest)
  | { readonly type: 'require action'; readonly transactionId: string; readonly now: number }
  | { readonly type: 'confirm'; readonly transactionId: string; readonly isApproved: boolean; readonly now: number }
  | { readonly type: 'record authorised'; readonly transactionId: string; readonly now: number }
  | {
      readonly type: 'record declined';
      readonly transactionId: string;
      readonly decline: Decline;
      readonly now: number;
    }
  | { readonly type: 'capture' | 'void' | 'expire'; readonly transactionId: string; readonly now: number }
  | {
      readonly type: 'refund';
      readonly transactionId: string;
      readonly refundId: string;
      readonly amount: Money;
      readonly now: number;
    };

/** `other_request`: the id already names a payment of another amount, currency, description or token. */
export type TransactionRefusal =
  | { readonly code: 'other_request' }
  | { readonly code: 'not_found' }
  | { readonly code: 'not_captured' }
  | { readonly code: 'no_action_required' }
  | { readonly code: 'amount_invalid' }
  | { readonly code: 'currency_mismatch' }
  | { readonly code: 'refund_exceeds_captured' };

/** How long an authorisation holds the card's limit. */
export const authorisationLastsMs = 7 * 24 * 60 * 60 * 1000;

/** How long the holder has for the confirmation. */
export const confirmationLastsMs = 15 * 60 * 1000;

const refunded = (refunds: readonly Refund[]): number => refunds.reduce((sum, { amountMinor }) => sum + amountMinor, 0);

const isSameRequest = (one: TransactionRequest, other: TransactionRequest): boolean =>
  one.amount.amountMinor === other.amount.amountMinor &&
  one.amount.currency === other.amount.currency &&
  one.description === other.description &&
  one.tokenHash === other.tokenHash;

type Decided = Decision<TransactionEvent, TransactionRefusal>;
type CommandOf<Type extends TransactionCommand['type']> = Extract<TransactionCommand, { type: Type }>;

const declined = (transactionId: string, amount: Money, decline: Decline, declinedAt: number): TransactionEvent => ({
  type: 'TransactionDeclined',
  data: { transactionId, amount, ...decline, declinedAt },
});

const request = (command: CommandOf<'request'>, state: TransactionState): Decided => {
  if (state.status === 'barred') return accept();
  if (state.status !== 'none') {
    return isSameRequest(state.request, command) ? accept() : refuse({ code: 'other_request' });
  }
  const { type: _, ...data } = command;
  const requested: TransactionEvent = { type: 'TransactionRequested', data };
  if (command.card !== undefined) return accept(requested);
  const { transactionId, amount, requestedAt } = command;
  return accept(requested, declined(transactionId, amount, declines.card_token_invalid, requestedAt));
};

/** Whether the holder's word was taken before: then saying it again changes nothing. */
const wasConfirmed = (state: TransactionState, isApproved: boolean): boolean => {
  if (!isApproved) return state.status === 'declined' && state.decline.code === declines.confirmation_rejected.code;
  if (state.status === 'requested') return state.isConfirmed;
  return (state.status === 'authorised' || state.status === 'captured') && state.card.testBehaviour === 'confirm';
};

const confirm = ({ transactionId, isApproved, now }: CommandOf<'confirm'>, state: TransactionState): Decided => {
  if (state.status === 'none') return refuse({ code: 'not_found' });
  if (wasConfirmed(state, isApproved)) return accept();
  if (state.status !== 'action_required') return refuse({ code: 'no_action_required' });
  if (isApproved) return accept({ type: 'ActionConfirmed', data: { transactionId, confirmedAt: now } });
  return accept(declined(transactionId, state.request.amount, declines.confirmation_rejected, now));
};

const recordAuthorised = ({ transactionId, now }: CommandOf<'record authorised'>, state: TransactionState): Decided => {
  if (state.status !== 'requested' || state.request.card === undefined) return accept();
  const { amount, card } = state.request;
  const { cardId, brand, lastFour } = card;
  const data = { transactionId, cardId, brand, lastFour, amount, authorisedAt: now };
  return accept({ type: 'TransactionAuthorised', data });
};

const capture = (
  { transactionId, now }: CommandOf<'capture' | 'void' | 'expire'>,
  state: TransactionState,
): Decided => {
  if (state.status !== 'authorised') return accept();
  const { cardId } = state.card;
  const data = { transactionId, cardId, amount: state.request.amount, capturedAt: now };
  return accept({ type: 'TransactionCaptured', data });
};

const cancel = ({ transactionId, now }: CommandOf<'capture' | 'void' | 'expire'>, state: TransactionState): Decided => {
  switch (state.status) {
    case 'none':
      return accept({ type: 'TransactionBarred', data: { transactionId, barredAt: now } });
    case 'requested':
    case 'action_required':
    case 'authorised':
      return accept({ type: 'TransactionVoided', data: { transactionId, voidedAt: now } });
    default:
      return accept();
  }
};

const expire = ({ transactionId, now }: CommandOf<'capture' | 'void' | 'expire'>, state: TransactionState): Decided => {
  if (state.status === 'authorised' && now >= state.authorisedAt + authorisationLastsMs) {
    return accept({ type: 'TransactionExpired', data: { transactionId, expiredAt: now } });
  }
  if (state.status === 'action_required' && now >= state.requiredAt + confirmationLastsMs) {
    return accept(declined(transactionId, state.request.amount, declines.confirmation_missing, now));
  }
  return accept();
};

const refund = (command: CommandOf<'refund'>, state: TransactionState): Decided => {
  if (state.status === 'none' || state.status === 'barred') return refuse({ code: 'not_found' });
  if (state.status !== 'captured') return refuse({ code: 'not_captured' });
  const { transactionId, refundId, amount, now } = command;
  const captured = state.request.amount;
  if (amount.currency !== captured.currency) return refuse({ code: 'currency_mismatch' });
  if (!Number.isSafeInteger(amount.amountMinor) || amount.amountMinor < 1) return refuse({ code: 'amount_invalid' });
  const known = state.refunds.find((entry) => entry.refundId === refundId);
  if (known !== undefined) {
    return known.amountMinor === amount.amountMinor ? accept() : refuse({ code: 'other_request' });
  }
  if (amount.amountMinor > captured.amountMinor - refunded(state.refunds)) {
    return refuse({ code: 'refund_exceeds_captured' });
  }
  const { cardId } = state.card;
  return accept({
    type: 'TransactionRefundRequested',
    data: { refundId, transactionId, cardId, amount, requestedAt: now },
  });
};

const decide = (command: TransactionCommand, state: TransactionState): Decided => {
  const { transactionId } = command;
  switch (command.type) {
    case 'request':
      return request(command, state);
    case 'require action':
      if (state.status !== 'requested' || state.isConfirmed) return accept();
      return accept({ type: 'ActionRequired', data: { transactionId, requiredAt: command.now } });
    case 'confirm':
      return confirm(command, state);
    case 'record authorised':
      return recordAuthorised(command, state);
    case 'record declined':
      if (state.status !== 'requested') return accept();
      return accept(declined(transactionId, state.request.amount, command.decline, command.now));
    case 'capture':
      return capture(command, state);
    case 'void':
      return cancel(command, state);
    case 'expire':
      return expire(command, state);
    case 'refund':
      return refund(command, state);
    default:
      return command satisfies never;
  }
};

const evolve = (state: TransactionState, event: TransactionEvent): TransactionState => {
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
      return { ...state, refunds: [...state.refunds, { refundId, amountMinor: amount.amountMinor, requestedAt }] };
    }
    default:
      return event satisfies never;
  }
};

/** A card payment's story at the bank. Its states are values: whoever selects one may keep it. */
export const transaction: Aggregate<TransactionState, TransactionCommand, TransactionEvent, TransactionRefusal> = {
  category: 'transaction',
  events: transactionEvents,
  initialState: () => ({ status: 'none' }),
  evolve,
  decide,
  begins: ({ type }) => type === 'request',
};
