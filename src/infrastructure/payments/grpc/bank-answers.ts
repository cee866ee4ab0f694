import type { BankAnswer, CardSummary, RefundAnswer } from '../../../application/ports/bank.js';
import { refundReasons, type WireRefundAnswer, type WireTransactionAnswer } from './bank-contract.js';

type WireCard = NonNullable<WireTransactionAnswer['authorised']>['card'];

const cardOf = (card: WireCard): CardSummary => ({
  cardId: card?.cardId ?? '',
  brand: card?.brand ?? '',
  lastFour: card?.lastFour ?? '',
});

/** What the bank says on the wire. An outcome that a newer bank may give and this build doesn't know is `unknown`. */
export const readTransactionAnswer = (answer: WireTransactionAnswer): BankAnswer => {
  const { authorised, captured, voided, actionRequired, declined, notFound } = answer;
  if (authorised) return { status: 'authorised', card: cardOf(authorised.card) };
  if (captured) return { status: 'captured', card: cardOf(captured.card) };
  if (voided) return { status: 'voided' };
  if (actionRequired) return { status: 'action_required', actionUrl: actionRequired.actionUrl ?? '' };
  if (declined) {
    const { code = '', networkCode = '', mayRetry = false } = declined;
    return { status: 'declined', code, networkCode, mayRetry };
  }
  return notFound ? { status: 'not_found' } : { status: 'unknown' };
};

const reasons: Readonly<Record<string, string>> = refundReasons;

export const readRefundAnswer = ({ refunded, refused }: WireRefundAnswer): RefundAnswer => {
  if (refunded) return { status: 'refunded' };
  if (refused) return { status: 'refused', code: reasons[refused.reason ?? ''] ?? 'refused' };
  return { status: 'unknown' };
};
