import type { Money } from '../../domain/money.js';
import type { OrderDocument, PaymentEntry, RefundEntry, Review } from '../../projections/ticketing/orders.js';
import { declineCodeForBuyer } from './decline-code.js';

export interface OrderPayment {
  readonly transactionId: string;
  readonly status: PaymentEntry['status'];
  readonly card?: Pick<NonNullable<PaymentEntry['card']>, 'brand' | 'lastFour'>;
  /** Why it was declined, as far as a buyer may know. */
  readonly code?: string;
  /** Why the money was given back. */
  readonly reversal?: NonNullable<PaymentEntry['reversal']>;
  /** Where the holder confirms the payment. */
  readonly actionUrl?: string;
}

export interface OrderRefund {
  readonly refundId: string;
  readonly status: RefundEntry['status'];
  readonly amount: Money;
  readonly ticketIds: readonly string[];
  /** Milliseconds since the epoch, as all times here. */
  readonly requestedAt: number;
  /** Why it was refused. */
  readonly code?: string;
}

type Kept = 'orderId' | 'saleId' | 'saleName' | 'buyer' | 'quantity' | 'lines' | 'total' | 'placedAt' | 'expiresAt';

export interface OrderResource extends Pick<OrderDocument, Kept | 'ticketIds' | 'revision'> {
  readonly status: OrderDocument['status'] | 'partially_refunded' | 'refunded';
  readonly seats?: readonly string[];
  /** In the order in which they began. */
  readonly payments: readonly OrderPayment[];
  readonly refunds: readonly OrderRefund[];
  readonly needsHuman?: Review;
}

/** A payment that needs the holder stays so while the bank says nothing new. */
const statusOf = ({ status, actionUrl }: PaymentEntry): PaymentEntry['status'] =>
  status === 'unknown' && actionUrl !== undefined ? 'action_required' : status;

const paymentOf = (entry: PaymentEntry): OrderPayment => {
  const { transactionId, card, decline, reversal, actionUrl } = entry;
  const status = statusOf(entry);
  return {
    transactionId,
    status,
    ...(card && { card: { brand: card.brand, lastFour: card.lastFour } }),
    ...(decline && { code: declineCodeForBuyer(decline.code) }),
    ...(reversal && { reversal }),
    ...(status === 'action_required' && actionUrl !== undefined && { actionUrl }),
  };
};

const refundOf = ({ refundId, status, amount, ticketIds, requestedAt, code }: RefundEntry): OrderRefund => ({
  refundId,
  status,
  amount,
  ticketIds,
  requestedAt,
  ...(code !== undefined && { code }),
});

const orderStatus = (document: OrderDocument): OrderResource['status'] => {
  const { status, transactionId, payments, refunds, total } = document;
  const paid = Object.values(refunds).filter((refund) => refund.status === 'paid');
  if (paid.length > 0) {
    // Of a free order only its tickets tell how much of it is left.
    const isAll =
      total.amountMinor === 0
        ? paid.flatMap(({ ticketIds }) => ticketIds).length === document.ticketIds.length
        : paid.reduce((sum, { amount }) => sum + amount.amountMinor, 0) === total.amountMinor;
    return isAll ? 'refunded' : 'partially_refunded';
  }
  const current = Object.values(payments).find((payment) => payment.transactionId === transactionId);
  return status === 'checking' && current !== undefined && statusOf(current) === 'action_required'
    ? 'action_required'
    : status;
};

/** What a payment adds ends with the payment. */
const expiryOf = ({ status, expiresAt, paymentUntil }: OrderDocument): number => {
  const isOfPayment = status !== 'awaiting_payment' && status !== 'expired' && status !== 'cancelled';
  return isOfPayment ? Math.max(expiresAt, paymentUntil ?? 0) : expiresAt;
};

const inOrder = <Item>(items: Readonly<Record<string, Item>>, at: (item: Item) => number): readonly Item[] =>
  Object.values(items).sort((left, right) => at(left) - at(right));

/** An order as the API shows it: its status follows from the payments and refunds too. */
export const orderResource = (document: OrderDocument): OrderResource => {
  const { orderId, saleId, saleName, buyer, quantity, seats, lines, total, placedAt } = document;
  const { ticketIds, revision, stuck, paidAfterExpiry } = document;
  const matter = stuck ?? paidAfterExpiry;
  return {
    orderId,
    saleId,
    saleName,
    status: orderStatus(document),
    buyer,
    quantity,
    ...(seats !== null && { seats }),
    lines,
    total,
    placedAt,
    expiresAt: expiryOf(document),
    payments: inOrder(document.payments, ({ startedAt }) => startedAt).map(paymentOf),
    refunds: inOrder(document.refunds, ({ requestedAt }) => requestedAt).map(refundOf),
    ticketIds,
    ...(matter !== null && { needsHuman: matter }),
    revision,
  };
};
