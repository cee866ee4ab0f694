import type { DataOf } from '../decider.js';
import type { Money } from '../money.js';
import type { OrderEvent } from './order-events.js';

export type OrderStatus =
  | 'awaiting_payment'
  | 'pending'
  | 'action_required'
  | 'checking'
  | 'paid'
  | 'fulfilled'
  | 'partially_refunded'
  | 'refunded'
  | 'cancelled'
  | 'expired';

/** One attempt to pay, named by the transaction's id. */
export interface Payment {
  readonly transactionId: string;
  readonly cardToken: string;
  readonly amount: Money;
  step: 'started' | 'action_required' | 'unknown' | 'abandoned' | 'authorised' | 'captured' | 'declined' | 'reversed';
  inquiries: number;
  /** When the bank is asked again, and after when the payment is reversed. */
  inquireAt: number;
  giveUpAt: number;
  actionUrl?: string;
  card?: DataOf<OrderEvent, 'PaymentAuthorised'>['card'];
  decline?: { readonly code: string; readonly networkCode: string; readonly mayRetry: boolean };
}

export interface Refund {
  readonly refundId: string;
  readonly amount: Money;
  readonly ticketIds: readonly string[];
  readonly requestedAt: number;
  step: 'requested' | 'paid' | 'refused';
}

/** Places of refunded tickets that go on sale again. */
export interface PlacesReturn {
  readonly returnId: string;
  readonly ticketIds: readonly string[];
  readonly requestedAt: number;
  step: 'requested' | 'returned';
}

/** How far the places of the order have come. */
type Places = 'held' | 'confirmed' | 'issued' | 'lost' | 'given_up';

export interface Order {
  status: OrderStatus;
  readonly placed: DataOf<OrderEvent, 'OrderPlaced'>;
  /** `heldUntil`, or later while a payment is under way. */
  expiresAt: number;
  /** Until when the sale keeps the places without what a payment adds. */
  heldUntil: number;
  places: Places;
  ticketIds: readonly string[];
  readonly payments: Map<string, Payment>;
  /** The attempt that is under way, or that paid. */
  payment: Payment | undefined;
  readonly refunds: Map<string, Refund>;
  readonly returns: Map<string, PlacesReturn>;
  reviewReason: string | undefined;
}

export type OrderState = { readonly status: 'none' } | Order;

export const evolve = (state: OrderState, event: OrderEvent): OrderState => {
  if (event.type === 'OrderPlaced') return state.status === 'none' ? placedOrder(event.data) : state;
  if (state.status === 'none') return state;
  const order = state;
  switch (event.type) {
    case 'OrderExtended':
      if (order.status !== 'awaiting_payment') return order;
      order.expiresAt = event.data.expiresAt;
      order.heldUntil = event.data.expiresAt;
      return order;
    case 'OrderExpired':
      return ended(order, 'expired');
    case 'OrderCancelled':
      return ended(order, 'cancelled');
    case 'PlacesConfirmed':
      if (!isConfirmable(order)) return order;
      order.places = 'confirmed';
      order.ticketIds = event.data.ticketIds;
      return order;
    case 'PlacesLost':
      if (!isPaidAndHeld(order)) return order;
      order.places = 'lost';
      return order;
    case 'TicketsIssued':
      if (order.places !== 'confirmed') return order;
      order.places = 'issued';
      return order;
    case 'OrderFulfilled':
      if (order.status === 'paid' && order.places === 'issued' && isSettled(order)) order.status = 'fulfilled';
      return order;
    case 'HumanNeeded':
      order.reviewReason = event.data.reason;
      return order;
    case 'HumanDone':
      order.reviewReason = undefined;
      return order;
    case 'RefundRequested':
    case 'RefundPaid':
    case 'RefundRefused':
      return evolveRefund(order, event);
    case 'ReturnRequested':
    case 'TicketsReturned':
      return evolveReturn(order, event);
    default:
      return evolvePayment(order, event);
  }
};

const placedOrder = (placed: DataOf<OrderEvent, 'OrderPlaced'>): Order => ({
  status: placed.total.amountMinor === 0 ? 'paid' : 'awaiting_payment',
  placed,
  expiresAt: placed.expiresAt,
  heldUntil: placed.expiresAt,
  places: 'held',
  ticketIds: [],
  payments: new Map(),
  payment: undefined,
  refunds: new Map(),
  returns: new Map(),
  reviewReason: undefined,
});

const ended = (order: Order, status: 'expired' | 'cancelled'): Order => {
  const canEnd = status === 'expired' ? canExpire(order) : order.status === 'awaiting_payment';
  if (!canEnd) return order;
  order.status = status;
  order.places = 'given_up';
  return order;
};

type RefundEvent = Extract<OrderEvent, { type: `Refund${string}` }>;

const evolveRefund = (order: Order, event: RefundEvent): Order => {
  const refund = order.refunds.get(event.data.refundId);
  if (event.type === 'RefundRequested') {
    if (refund !== undefined || !isRefundable(order)) return order;
    order.refunds.set(event.data.refundId, { ...event.data, step: 'requested' });
    return order;
  }
  if (refund?.step !== 'requested') return order;
  refund.step = event.type === 'RefundPaid' ? 'paid' : 'refused';
  if (refund.step === 'paid') order.status = isAllRefunded(order) ? 'refunded' : 'partially_refunded';
  return order;
};

/** By its money; of a free order by its tickets. */
const isAllRefunded = (order: Order): boolean => {
  const paid = [...order.refunds.values()].filter(({ step }) => step === 'paid');
  if (isFree(order)) return paid.flatMap(({ ticketIds }) => ticketIds).length === order.ticketIds.length;
  return paid.reduce((sum, { amount }) => sum + amount.amountMinor, 0) === order.placed.total.amountMinor;
};

const evolveReturn = (
  order: Order,
  event: Extract<OrderEvent, { type: 'ReturnRequested' | 'TicketsReturned' }>,
): Order => {
  const { returnId } = event.data;
  const known = order.returns.get(returnId);
  if (event.type === 'TicketsReturned') {
    if (known !== undefined) known.step = 'returned';
  } else if (known === undefined) order.returns.set(returnId, { ...event.data, step: 'requested' });
  return order;
};

type PaymentEvent = Extract<OrderEvent, { type: `Payment${string}` }>;

const started = (order: Order, data: DataOf<OrderEvent, 'PaymentStarted'>): Order => {
  const { transactionId, cardToken, amount, startedAt, expiresAt } = data;
  if (order.status !== 'awaiting_payment' || order.payments.has(transactionId)) return order;
  order.payment = {
    transactionId,
    cardToken,
    amount,
    step: 'started',
    inquiries: 0,
    inquireAt: startedAt,
    giveUpAt: expiresAt,
  };
  order.payments.set(transactionId, order.payment);
  order.expiresAt = Math.max(order.expiresAt, expiresAt);
  order.status = 'pending';
  return order;
};

/** Whether a payment can have come to this from where it stands. */
const canFollow = (order: Order, payment: Payment, type: Exclude<PaymentEvent['type'], 'PaymentStarted'>): boolean => {
  switch (type) {
    case 'PaymentActionRequired':
      return payment.step === 'started' || payment.step === 'unknown';
    case 'PaymentCaptured':
      return payment.step === 'authorised' && order.places === 'issued';
    case 'PaymentReversed':
      return isOpen(payment) || (payment.step === 'authorised' && order.places === 'lost');
    case 'PaymentAbandoned':
    case 'PaymentAuthorised':
      return isWanted(payment);
    case 'PaymentOutcomeUnknown':
    case 'PaymentDeclined':
      return isOpen(payment);
    default:
      return type satisfies never;
  }
};

const evolvePayment = (order: Order, event: PaymentEvent): Order => {
  if (event.type === 'PaymentStarted') return started(order, event.data);
  const payment = order.payments.get(event.data.transactionId);
  if (payment === undefined || !canFollow(order, payment, event.type)) return order;
  switch (event.type) {
    case 'PaymentActionRequired':
      payment.step = 'action_required';
      payment.actionUrl = event.data.actionUrl;
      payment.inquireAt = event.data.inquireAt;
      payment.giveUpAt = event.data.giveUpAt;
      order.expiresAt = Math.max(order.expiresAt, payment.giveUpAt);
      order.status = 'action_required';
      return order;
    case 'PaymentOutcomeUnknown':
      if (payment.step === 'started') payment.step = 'unknown';
      payment.inquiries = event.data.inquiries;
      payment.inquireAt = event.data.inquireAt;
      payment.giveUpAt = event.data.giveUpAt;
      if (payment.step === 'unknown') order.status = 'checking';
      return order;
    case 'PaymentAbandoned':
      payment.step = 'abandoned';
      payment.inquireAt = event.data.abandonedAt;
      order.status = 'checking';
      return order;
    case 'PaymentAuthorised':
      payment.step = 'authorised';
      payment.card = event.data.card;
      order.status = 'paid';
      return order;
    case 'PaymentCaptured':
      payment.step = 'captured';
      return order;
    case 'PaymentDeclined': {
      const { code, networkCode, mayRetry } = event.data;
      payment.step = 'declined';
      payment.decline = { code, networkCode, mayRetry };
      return payableAgain(order);
    }
    case 'PaymentReversed':
      payment.step = 'reversed';
      return payableAgain(order);
    default:
      return event satisfies never;
  }
};

const payableAgain = (order: Order): Order => {
  order.payment = undefined;
  order.expiresAt = order.heldUntil;
  order.status = 'awaiting_payment';
  return order;
};

/** Nothing is to be paid for it: it is as good as paid from its begin. */
export const isFree = ({ placed }: Order): boolean => placed.total.amountMinor === 0;

const isSettled = (order: Order): boolean => isFree(order) || order.payment?.step === 'captured';

/** Nothing but its hold gives it a claim to its places. */
export const canExpire = (order: Order): boolean =>
  order.status === 'awaiting_payment' || (isFree(order) && order.places === 'held');

/** The places are held, and nothing stands in the way of selling them. */
export const isConfirmable = (order: Order): boolean =>
  isFree(order) ? order.places === 'held' : isPaidAndHeld(order);

/** The money is there, and nothing is known yet of the places. */
export const isPaidAndHeld = ({ places, payment }: Order): boolean =>
  places === 'held' && payment?.step === 'authorised';

/** The bank has not said its last word, and its money is still wanted. */
export const isWanted = ({ step }: Payment): boolean =>
  step === 'started' || step === 'unknown' || step === 'action_required';

/** The bank has not said its last word. */
export const isOpen = (payment: Payment): boolean => isWanted(payment) || payment.step === 'abandoned';

/** Whether money can be given back, or tickets: it was taken, and whatever went back already. */
export const isRefundable = ({ status }: Order): boolean =>
  status === 'fulfilled' || status === 'partially_refunded' || status === 'refunded';
