import { accept, type CommandOf, type Decider, refuse } from '../decider.js';
import type { Money } from '../money.js';
import { type Decline, declines } from './decline.js';
import type { TransactionCommand, TransactionDecision, TransactionRefusal } from './transaction-commands.js';
import { type TransactionEvent, transactionEvents } from './transaction-events.js';
import { evolve, type Refund, type TransactionRequest, type TransactionState } from './transaction-state.js';

/** How long an authorisation holds the card's limit. */
export const authorisationLastsMs = 7 * 24 * 60 * 60 * 1000;

/** How long the holder has for the confirmation. */
export const confirmationLastsMs = 15 * 60 * 1000;

const decide = (command: TransactionCommand, state: TransactionState): TransactionDecision => {
  const { transactionId } = command;
  switch (command.type) {
    case 'Request':
      return decideRequest(command, state);
    case 'RequireAction':
      if (state.status !== 'requested' || state.isConfirmed) return accept();
      return accept({ type: 'ActionRequired', data: { transactionId, requiredAt: command.now } });
    case 'Confirm':
      return decideConfirm(command, state);
    case 'RecordAuthorised':
      return decideRecordAuthorised(command, state);
    case 'RecordDeclined':
      if (state.status !== 'requested') return accept();
      return accept(declined(transactionId, state.request.amount, command.decline, command.now));
    case 'Capture':
      return decideCapture(command, state);
    case 'Void':
      return decideVoid(command, state);
    case 'Expire':
      return decideExpire(command, state);
    case 'Refund':
      return decideRefund(command, state);
    case 'RecordRefunded': {
      const { refundId, now } = command;
      const refund = state.status === 'captured' && state.refunds.find((one) => one.refundId === refundId);
      if (!refund || refund.isCredited) return accept();
      return accept({ type: 'TransactionRefunded', data: { refundId, transactionId, refundedAt: now } });
    }
    default:
      return command satisfies never;
  }
};

const declined = (transactionId: string, amount: Money, decline: Decline, declinedAt: number): TransactionEvent => ({
  type: 'TransactionDeclined',
  data: { transactionId, amount, ...decline, declinedAt },
});

const isSameRequest = (one: TransactionRequest, other: TransactionRequest): boolean =>
  one.amount.amountMinor === other.amount.amountMinor &&
  one.amount.currency === other.amount.currency &&
  one.description === other.description &&
  one.tokenHash === other.tokenHash;

const decideRequest = (
  command: CommandOf<TransactionCommand, 'Request'>,
  state: TransactionState,
): TransactionDecision => {
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

const decideConfirm = (
  { transactionId, isApproved, now }: CommandOf<TransactionCommand, 'Confirm'>,
  state: TransactionState,
): TransactionDecision => {
  if (state.status === 'none') return refuse({ code: 'not_found' });
  if (wasConfirmed(state, isApproved)) return accept();
  if (state.status !== 'action_required') return refuse({ code: 'no_action_required' });
  if (isApproved) return accept({ type: 'ActionConfirmed', data: { transactionId, confirmedAt: now } });
  return accept(declined(transactionId, state.request.amount, declines.confirmation_rejected, now));
};

const decideRecordAuthorised = (
  { transactionId, now }: CommandOf<TransactionCommand, 'RecordAuthorised'>,
  state: TransactionState,
): TransactionDecision => {
  if (state.status !== 'requested' || state.request.card === undefined) return accept();
  const { amount, card } = state.request;
  const { cardId, brand, lastFour } = card;
  const data = { transactionId, cardId, brand, lastFour, amount, authorisedAt: now };
  return accept({ type: 'TransactionAuthorised', data });
};

const decideCapture = (
  { transactionId, now }: CommandOf<TransactionCommand, 'Capture'>,
  state: TransactionState,
): TransactionDecision => {
  if (state.status !== 'authorised') return accept();
  const { cardId } = state.card;
  const data = { transactionId, cardId, amount: state.request.amount, capturedAt: now };
  return accept({ type: 'TransactionCaptured', data });
};

const decideVoid = (
  { transactionId, now }: CommandOf<TransactionCommand, 'Void'>,
  state: TransactionState,
): TransactionDecision => {
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

const decideExpire = (
  { transactionId, now }: CommandOf<TransactionCommand, 'Expire'>,
  state: TransactionState,
): TransactionDecision => {
  if (state.status === 'authorised' && now >= state.authorisedAt + authorisationLastsMs) {
    return accept({ type: 'TransactionExpired', data: { transactionId, expiredAt: now } });
  }
  if (state.status === 'action_required' && now >= state.requiredAt + confirmationLastsMs) {
    return accept(declined(transactionId, state.request.amount, declines.confirmation_missing, now));
  }
  return accept();
};

const refunded = (refunds: readonly Refund[]): number => refunds.reduce((sum, { amountMinor }) => sum + amountMinor, 0);

const decideRefund = (
  command: CommandOf<TransactionCommand, 'Refund'>,
  state: TransactionState,
): TransactionDecision => {
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

/** A card payment's story at the bank. Its states are values: whoever selects one may keep it. */
export const transaction: Decider<TransactionState, TransactionCommand, TransactionEvent, TransactionRefusal> = {
  category: 'transaction',
  events: transactionEvents,
  initialState: () => ({ status: 'none' }),
  evolve,
  decide,
  startsStream: ({ type }) => type === 'Request',
};
