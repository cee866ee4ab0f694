import type { OrderState, Refund } from './order-state.js';

/** What the purchase process does next for an order. */
export type PurchaseStep =
  | {
      readonly do: 'authorise' | 'inquire' | 'abandon' | 'reverse' | 'confirm' | 'issue' | 'capture';
      readonly transactionId: string;
    }
  | { readonly do: 'refund'; readonly refund: Refund }
  | { readonly do: 'wait'; readonly until: number }
  | { readonly do: 'rest' };

const rest: PurchaseStep = { do: 'rest' };

/**
 * The purchase as data: the next step follows from the order's state and the time alone, so any instance can take it up
 * after a crash. Each step is harmless when it is done twice.
 */
export const nextStep = (order: OrderState, now: number): PurchaseStep => {
  if (order.status === 'none') return rest;
  const { payment } = order;
  if (payment === undefined) return rest;
  const { transactionId } = payment;
  switch (payment.step) {
    case 'started':
      return payment.inquiries === 0 ? { do: 'authorise', transactionId } : rest;
    case 'unknown':
    case 'action_required':
      if (now < payment.inquireAt) return { do: 'wait', until: payment.inquireAt };
      return { do: now < payment.giveUpAt ? 'inquire' : 'abandon', transactionId };
    case 'abandoned':
      if (now < payment.inquireAt) return { do: 'wait', until: payment.inquireAt };
      return { do: 'reverse', transactionId };
    case 'authorised':
      return afterMoney(order.places, transactionId);
    case 'captured':
      return refundDue(order.refunds.values());
    case 'declined':
    case 'reversed':
      return rest;
    default:
      return payment.step satisfies never;
  }
};

const afterMoney = (places: string, transactionId: string): PurchaseStep => {
  if (places === 'held') return { do: 'confirm', transactionId };
  if (places === 'confirmed') return { do: 'issue', transactionId };
  return { do: places === 'issued' ? 'capture' : 'reverse', transactionId };
};

const refundDue = (refunds: Iterable<Refund>): PurchaseStep => {
  for (const refund of refunds) if (refund.step === 'requested') return { do: 'refund', refund };
  return rest;
};
