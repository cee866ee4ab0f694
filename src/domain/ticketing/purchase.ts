import type { DataOf } from '../decider.js';
import type { ProcessManager } from '../process.js';
import { order } from './order.js';
import type { OrderEvent } from './order-events.js';
import { isFree, type Order, type OrderState, type Payment, type PlacesReturn, type Refund } from './order-state.js';
import { type PurchaseTimes, purchaseTimer } from './purchase-timer.js';

/** What an effect has to know of the order, copied out of its state. */
export interface Purchase {
  readonly orderId: string;
  readonly placed: DataOf<OrderEvent, 'OrderPlaced'>;
  readonly places: Order['places'];
  readonly ticketIds: readonly string[];
  /** None where the order is free. */
  readonly payment?: Pick<Payment, 'transactionId' | 'cardToken' | 'amount' | 'inquiries' | 'step' | 'giveUpAt'>;
}

export type PaidPurchase = Purchase & Required<Pick<Purchase, 'payment'>>;

export type PurchaseEffect =
  | {
      readonly do: 'keep places' | 'authorise' | 'inquire' | 'abandon' | 'reverse' | 'capture';
      readonly purchase: PaidPurchase;
    }
  | { readonly do: 'confirm' | 'issue'; readonly purchase: Purchase }
  | { readonly do: 'refund'; readonly purchase: Purchase; readonly refund: Refund }
  | { readonly do: 'return places'; readonly purchase: Purchase; readonly places: PlacesReturn }
  | { readonly do: 'expire'; readonly orderId: string; readonly saleId: string };

/**
 * From an order to its tickets, its refunds, and places on sale again: hold → authorise → confirm → issue and capture. What
 * the bank leaves open is inquired, then reversed; an order that nobody pays expires. A free order begins with confirm, and
 * no bank is asked.
 */
export const purchase: ProcessManager<OrderState, PurchaseEffect, OrderEvent, PurchaseTimes> = {
  name: 'purchase',
  version: 2,
  decider: order,

  next: (state, now) => {
    if (state.status === 'none') return [];
    if (isFree(state)) return nextOfFree(state);
    if (state.payment !== undefined) return nextOfPayment(state, paidPurchaseOf(state, state.payment), now);
    const { orderId, saleId } = state.placed;
    return state.status === 'awaiting_payment' && now >= state.expiresAt ? [{ do: 'expire', orderId, saleId }] : [];
  },

  timer: purchaseTimer,
};

const purchaseOf = ({ placed, places, ticketIds }: Order): Purchase => {
  return { orderId: placed.orderId, placed, places, ticketIds };
};

const paidPurchaseOf = (state: Order, payment: Payment): PaidPurchase => {
  const { transactionId, cardToken, amount, inquiries, step, giveUpAt } = payment;
  return { ...purchaseOf(state), payment: { transactionId, cardToken, amount, inquiries, step, giveUpAt } };
};

const nextOfFree = (state: Order): readonly PurchaseEffect[] => {
  const of = purchaseOf(state);
  switch (state.places) {
    case 'held':
      return [{ do: 'confirm', purchase: of }];
    case 'confirmed':
      return [{ do: 'issue', purchase: of }];
    case 'issued':
      return afterSale(state, of);
    default:
      return [];
  }
};

const nextOfPayment = (state: Order, of: PaidPurchase, now: number): readonly PurchaseEffect[] => {
  const step = (name: Exclude<PurchaseEffect['do'], 'refund' | 'return places' | 'expire'>): PurchaseEffect => ({
    do: name,
    purchase: of,
  });
  const payment = state.payment;
  switch (payment?.step) {
    case 'started':
      return state.heldUntil < payment.giveUpAt ? [step('keep places'), step('authorise')] : [step('authorise')];
    case 'unknown':
    case 'action_required':
      if (now < payment.inquireAt) return [];
      return [step(now < payment.giveUpAt ? 'inquire' : 'abandon')];
    case 'abandoned':
      return now < payment.inquireAt ? [] : [step('reverse')];
    case 'authorised':
      return [step(afterMoney[state.places])];
    case 'captured':
      return afterSale(state, of);
    default:
      return [];
  }
};

/** What follows on the money, by how far the places have come. */
const afterMoney = {
  held: 'confirm',
  confirmed: 'issue',
  issued: 'capture',
  lost: 'reverse',
  given_up: 'reverse',
} as const satisfies Readonly<Record<Order['places'], string>>;

const afterSale = ({ refunds, returns }: Order, of: Purchase): readonly PurchaseEffect[] => {
  for (const refund of refunds.values()) {
    if (refund.step === 'requested') return [{ do: 'refund', purchase: of, refund: { ...refund } }];
  }
  for (const places of returns.values()) {
    if (places.step === 'requested') return [{ do: 'return places', purchase: of, places: { ...places } }];
  }
  return [];
};
