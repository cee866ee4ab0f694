import type { BankModel, TransactionEntry } from './bank-model.js';
import type { Report } from './invariants.js';
import { type OrderEntry, type OrderModel, paidBy, refundedMinor } from './order-model.js';
import type { SaleModel } from './sale-model.js';

interface Models {
  readonly sales: SaleModel;
  readonly orders: OrderModel;
  readonly bank: BankModel;
}

/** Reports what doesn't hold where nothing is under way: no payment is open, no step of a purchase is left out. */
export const whenQuiescent = (models: Models, report: Report): void => {
  countPlaces(models, report);
  for (const [orderId, order] of models.orders.orders) orderWhenQuiescent(orderId, order, report);
  for (const [transactionId, entry] of models.bank.transactions) transactionWhenQuiescent(transactionId, entry, report);
  if (models.bank.transactions.size > 0 && models.orders.orders.size > 0) chargesHaveOrders(models, report);
  sumsAgree(models, report);
};

/** Counts held and sold anew, place by place. */
const countPlaces = ({ sales, orders }: Models, report: Report): void => {
  const counted = new Map([...sales.sales.keys()].map((saleId) => [saleId, { held: 0, sold: 0 }]));
  for (const [orderId, { saleId, quantity, status, returned }] of sales.places) {
    const counts = counted.get(saleId);
    if (counts === undefined) continue;
    if (status === 'held') counts.held += quantity;
    if (status !== 'sold') continue;
    counts.sold += quantity - returned.size;
    if (returned.size < quantity && orders.orders.get(orderId)?.status !== 'fulfilled') {
      report('tickets-as-paid', `order-${orderId}`, `its ${quantity} places are sold, and it is not fulfilled`);
    }
  }
  for (const [saleId, { held, sold, seats, capacity }] of sales.sales) {
    const counts = counted.get(saleId);
    const taken = [...(seats?.values() ?? [])].filter((orderId) => orderId !== undefined).length;
    const isRight = counts?.held === held && counts.sold === sold && (seats === undefined || taken === held + sold);
    const detail = `capacity ${capacity}, held ${held} (${counts?.held}), sold ${sold} (${counts?.sold}), seats ${taken}`;
    if (!isRight) report('free-held-sold', `sale-${saleId}`, detail);
  }
};

const orderWhenQuiescent = (orderId: string, order: OrderEntry, report: Report): void => {
  if (order.needsHuman) return;
  const subject = `order-${orderId}`;
  for (const [transactionId, step] of order.payments) {
    if (step === 'open' || step === 'abandoned')
      report('charge-has-ticket', subject, `payment ${transactionId} was left open`);
    if (step === 'authorised') report('charge-has-ticket', subject, `payment ${transactionId} was left half done`);
  }
  for (const [refundId, { step }] of order.refunds) {
    if (step === 'requested') report('charge-has-ticket', subject, `refund ${refundId} was left open`);
  }
  const isFree = order.totalMinor === 0;
  if (isFree && order.status === 'open') report('tickets-as-paid', subject, 'is free, and was left half done');
  const isPaid = isFree ? order.status === 'fulfilled' : paidBy(order) !== undefined;
  if (isPaid !== (order.status === 'fulfilled')) {
    report('charge-has-ticket', subject, `${isPaid ? 'charged' : 'not charged'} and ${order.status}`);
  }
  const due = isPaid ? order.quantity : 0;
  if (order.issued !== due) report('tickets-as-paid', subject, `${order.issued} tickets issued, ${due} paid`);
};

/** What a card holds or was charged ends with what became of the transaction. */
const transactionWhenQuiescent = (
  transactionId: string,
  { status, onCard, refunds }: TransactionEntry,
  report: Report,
): void => {
  const subject = `transaction-${transactionId}`;
  if (status === 'captured' && onCard !== 'booked')
    report('balance-adds-up', subject, `captured, on its card ${onCard}`);
  const isEnded = status === 'declined' || status === 'voided' || status === 'expired' || status === 'barred';
  if (isEnded && (onCard === 'reserved' || onCard === 'booked')) {
    report('charge-has-ticket', subject, `${status}, and its card still has it as ${onCard}`);
  }
  for (const [refundId, { isBooked }] of refunds) {
    if (!isBooked) report('charge-has-ticket', subject, `refund ${refundId} is on no card`);
  }
};

/** Every amount that the bank took or holds belongs to the one payment of an order that says so. */
const chargesHaveOrders = ({ orders, bank }: Models, report: Report): void => {
  const steps = new Map<string, string>();
  for (const { payments, needsHuman } of orders.orders.values()) {
    for (const [transactionId, step] of payments) steps.set(transactionId, needsHuman ? 'with a person' : step);
  }
  for (const [transactionId, { status, amountMinor, refunds }] of bank.transactions) {
    if (status !== 'captured' && status !== 'authorised') continue;
    const step = steps.get(transactionId);
    if (step === 'with a person' || (status === 'captured' && step === 'captured')) continue;
    const backMinor = [...refunds.values()].reduce((sum, refund) => sum + refund.amountMinor, 0);
    if (status === 'captured' && backMinor === amountMinor) continue;
    report('charge-has-ticket', `transaction-${transactionId}`, `${status}, and for orders it is ${step ?? 'unknown'}`);
  }
};

/** Per currency: what orders took, what transactions took, what cards owe, all less what was given back. */
const sumsAgree = ({ orders, bank }: Models, report: Report): void => {
  const sums = new Map<string, { orders: number; transactions: number; cards: number }>();
  const of = (currency: string) => {
    const sum = sums.get(currency) ?? { orders: 0, transactions: 0, cards: 0 };
    sums.set(currency, sum);
    return sum;
  };
  for (const order of orders.orders.values()) {
    if (paidBy(order) !== undefined) of(order.currency).orders += order.totalMinor - refundedMinor(order, 'paid');
  }
  for (const { status, currency, amountMinor, refunds } of bank.transactions.values()) {
    if (status !== 'captured') continue;
    const backMinor = [...refunds.values()].reduce(
      (sum, refund) => sum + (refund.isBooked ? refund.amountMinor : 0),
      0,
    );
    of(currency).transactions += amountMinor - backMinor;
  }
  for (const { currency, balanceMinor } of bank.cards.values()) of(currency).cards -= balanceMinor;
  for (const [currency, sum] of sums) {
    const hasBoth = bank.transactions.size > 0 && orders.orders.size > 0;
    if (sum.transactions !== sum.cards || (hasBoth && sum.orders !== sum.transactions)) {
      const detail = `orders ${sum.orders}, transactions ${sum.transactions}, cards ${sum.cards}`;
      report('sums-agree', currency, detail);
    }
  }
};
