import type { TransactionEvent } from '../../domain/banking/transaction-events.js';
import type { OrderEntry } from './order-model.js';

/**
 * What of a transaction its order has not asked for, in words, if there is such a thing: an order names what it wants before
 * the bank is asked. What the bank does by itself (it declines, it lets an authorisation expire) nobody asks for.
 */
export const unasked = (order: OrderEntry, transactionId: string, event: TransactionEvent): string | undefined => {
  const step = order.payments.get(transactionId);
  const unless = (isAsked: boolean, what: string): string | undefined =>
    isAsked ? undefined : `${event.type} of ${transactionId}, ${what}`;
  switch (event.type) {
    case 'TransactionRequested': {
      const { amountMinor, currency } = event.data.amount;
      const isSame = amountMinor === order.totalMinor && currency === order.currency;
      return unless(isSame, `${amountMinor} ${currency} of ${order.totalMinor} ${order.currency}`);
    }
    case 'TransactionCaptured':
      return unless(step === 'authorised' && order.places !== 'lost', `whose payment is ${step}`);
    case 'TransactionVoided':
    case 'TransactionBarred': {
      const isGivenUp = step === 'authorised' && (order.places === 'lost' || order.status !== 'open');
      return unless(step === 'abandoned' || isGivenUp, `whose payment is ${step}`);
    }
    case 'TransactionRefundRequested': {
      const { refundId, amount } = event.data;
      const refund = order.refunds.get(refundId);
      const isSame = amount.amountMinor === refund?.amountMinor && amount.currency === order.currency;
      if (refund?.step === 'requested') return unless(isSame, `refund ${refundId} of ${amount.amountMinor}`);
      return `refund ${refundId} of ${transactionId} is ${refund?.step ?? 'unasked'}`;
    }
    default:
      return undefined;
  }
};
