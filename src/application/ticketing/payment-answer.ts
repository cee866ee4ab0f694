import type { PaymentAnswer } from '../../domain/ticketing/order-commands.js';
import type { Payment } from '../../domain/ticketing/order-state.js';
import type { BankAnswer } from '../ports/bank.js';

/** The buyer's time for a confirmation step at the bank. */
const actionMs = 10 * 60_000;
const actionInquiryMs = 2_000;
const longestActionInquiryMs = 5_000;
const longestInquiryMs = 60_000;

/** What an answer of the bank says of a payment, and when the bank is asked again where it says nothing final. */
export const paymentAnswerOf = (
  answer: BankAnswer,
  { inquiries, step }: Pick<Payment, 'inquiries' | 'step'>,
  now: number,
): PaymentAnswer => {
  const later = (longestMs: number): PaymentAnswer => ({
    status: 'unknown',
    inquireAt: now + Math.min(longestMs, 1_000 * 2 ** inquiries),
  });
  switch (answer.status) {
    case 'authorised':
    case 'captured':
      return { status: 'authorised', card: answer.card };
    case 'declined':
      return answer;
    case 'voided':
      return { status: 'reversed' };
    case 'action_required':
      if (step === 'action_required') return later(longestActionInquiryMs);
      return {
        status: 'action_required',
        actionUrl: answer.actionUrl,
        inquireAt: now + actionInquiryMs,
        giveUpAt: now + actionMs,
      };
    case 'not_found':
    case 'unknown':
      return later(longestInquiryMs);
    default:
      return answer satisfies never;
  }
};
