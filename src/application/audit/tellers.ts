import { type CardDocument, type StatementLineDocument, statement } from '../../projections/banking/statement.js';
import { availability, type SaleDocument } from '../../projections/ticketing/availability.js';
import { type OrderDocument, orders } from '../../projections/ticketing/orders.js';
import { tickets } from '../../projections/ticketing/tickets.js';
import type { ViewDocument, ViewStore } from '../ports/views.js';
import { orderResource } from '../ticketing/order-resource.js';
import type { Ledger } from './ledger.js';
import { paidBy, refundedMinor } from './order-ledger.js';

export type Shown = Readonly<Record<string, string | number>>;

/** One place that tells how things stand. */
export interface Teller {
  readonly name: string;
  order(orderId: string): Promise<Shown | undefined>;
  sale(saleId: string): Promise<Shown | undefined>;
  card(cardId: string): Promise<Shown | undefined>;
}

export const ofLedger = ({ orders, sales, bank }: Ledger): Teller => ({
  name: 'the events',
  order: async (orderId) => {
    const order = orders.orders.get(orderId);
    if (order === undefined) return undefined;
    const backMinor = refundedMinor(order, 'paid');
    const paidMinor = paidBy(order) === undefined ? 0 : order.totalMinor;
    const refunded = backMinor === order.totalMinor ? 'refunded' : 'partially_refunded';
    const hasPaidBack = [...order.refunds.values()].some(({ step }) => step === 'paid');
    const steps = [...order.payments.values()];
    const isOpen = order.status === 'open' && (steps.includes('open') || steps.includes('abandoned'));
    const status = order.status === 'open' ? (isOpen ? 'pending' : 'awaiting_payment') : order.status;
    return { status: hasPaidBack ? refunded : status, tickets: order.issued, chargedMinor: paidMinor - backMinor };
  },
  sale: async (saleId) => {
    const sale = sales.sales.get(saleId);
    return sale && { capacity: sale.capacity, held: sale.held, sold: sale.sold };
  },
  card: async (cardId) => {
    const card = bank.cards.get(cardId);
    return card && { balanceMinor: card.balanceMinor, reservedMinor: card.reservedMinor };
  },
});

/** The projections say what their documents look like. */
export const as = <Document>(document: ViewDocument | undefined): Document | undefined =>
  document as Document | undefined;

export const ofViews = (views: ViewStore): Teller => ({
  name: 'the views',
  order: async (orderId) => {
    const document = as<OrderDocument>(await views.get(orders, 'orders', orderId));
    if (document === undefined) return undefined;
    const issued = await views.find(tickets, 'tickets', { where: { orderId }, limit: document.quantity + 1 });
    return {
      status: orderResource(document).status,
      tickets: issued.length,
      chargedMinor: await chargedMinor(views, document),
    };
  },
  sale: async (saleId) => {
    const sale = as<SaleDocument>(await views.get(availability, 'sales', saleId));
    return sale && { capacity: sale.capacity, held: sale.held, sold: sale.sold };
  },
  card: async (cardId) => {
    const card = as<CardDocument>(await views.get(statement, 'cards', cardId));
    return card && { balanceMinor: card.balanceMinor, reservedMinor: card.reservedMinor };
  },
});

/** What the statements of its cards show for an order. */
const chargedMinor = async (views: ViewStore, { payments, refunds }: OrderDocument): Promise<number> => {
  let sumMinor = 0;
  for (const { transactionId, card } of Object.values(payments)) {
    if (card === undefined) continue;
    for (const lineId of [transactionId, ...Object.values(refunds).map(({ refundId }) => refundId)]) {
      const line = as<StatementLineDocument>(await views.get(statement, 'lines', `${card.cardId}/${lineId}`));
      if (line?.status !== 'booked') continue;
      sumMinor += line.creditDebit === 'D' ? line.amountMinor : -line.amountMinor;
    }
  }
  return sumMinor;
};
