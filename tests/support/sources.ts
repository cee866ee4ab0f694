import type { InvariantModel } from '../../src/application/invariants/invariant-model.js';
import { paidBy, refundedMinor } from '../../src/application/invariants/order-model.js';
import type { ViewStore } from '../../src/application/ports/views.js';
import { orderResource } from '../../src/application/ticketing/order-resource.js';
import { Documents } from '../../src/application/views/documents.js';
import { type CardDocument, type StatementLineDocument, statement } from '../../src/projections/banking/statement.js';
import { availability, type SaleDocument } from '../../src/projections/ticketing/availability.js';
import { type OrderDocument, orders } from '../../src/projections/ticketing/orders.js';
import { type TicketDocument, tickets } from '../../src/projections/ticketing/tickets.js';

/** What a source says of an order, a sale or a card, by the names that expectations give it. */
export type Observed = Readonly<Record<string, string | number>>;

/** One place that knows how things stand. */
export interface Source {
  readonly name: string;
  order(orderId: string): Promise<Observed | undefined>;
  sale(saleId: string): Promise<Observed | undefined>;
  card(cardId: string): Promise<Observed | undefined>;
}

export const eventsAsSource = ({ orders, sales, bank }: InvariantModel): Source => ({
  name: 'the events',
  order: async (orderId) => {
    const order = orders.orders.get(orderId);
    if (order === undefined) return undefined;
    const backMinor = refundedMinor(order, 'paid');
    const paidMinor = paidBy(order) === undefined ? 0 : order.totalMinor;
    const paidBack = [...order.refunds.values()].filter(({ step }) => step === 'paid');
    const ticketsBack = paidBack.reduce((sum, { tickets }) => sum + tickets, 0);
    const isAll = order.totalMinor === 0 ? ticketsBack === order.quantity : backMinor === order.totalMinor;
    const refunded = isAll ? 'refunded' : 'partially_refunded';
    const steps = [...order.payments.values()];
    const isOpen = order.status === 'open' && (steps.includes('open') || steps.includes('abandoned'));
    const status = order.status === 'open' ? (isOpen ? 'pending' : 'awaiting_payment') : order.status;
    return {
      status: paidBack.length > 0 ? refunded : status,
      tickets: order.issued,
      chargedMinor: paidMinor - backMinor,
    };
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

/** Orders as the API shows them. */
export const viewsAsSource = (views: ViewStore): Source => {
  const of = {
    orders: new Documents<OrderDocument>(views, orders, 'orders'),
    tickets: new Documents<TicketDocument>(views, tickets, 'tickets'),
    sales: new Documents<SaleDocument>(views, availability, 'sales'),
    cards: new Documents<CardDocument>(views, statement, 'cards'),
    lines: new Documents<StatementLineDocument>(views, statement, 'lines'),
  };
  return {
    name: 'the views',
    order: async (orderId) => {
      const document = await of.orders.get(orderId);
      if (document === undefined) return undefined;
      const issued = await of.tickets.find({ where: { orderId }, limit: document.quantity + 1 });
      return {
        status: orderResource(document).status,
        tickets: issued.length,
        chargedMinor: await chargedMinor(of.lines, document),
      };
    },
    sale: async (saleId) => {
      const sale = await of.sales.get(saleId);
      return sale && { capacity: sale.capacity, held: sale.held, sold: sale.sold };
    },
    card: async (cardId) => {
      const card = await of.cards.get(cardId);
      return card && { balanceMinor: card.balanceMinor, reservedMinor: card.reservedMinor };
    },
  };
};

/** What the statements of its cards show for an order. */
const chargedMinor = async (
  lines: Documents<StatementLineDocument>,
  { payments, refunds }: OrderDocument,
): Promise<number> => {
  let sumMinor = 0;
  for (const { transactionId, card } of Object.values(payments)) {
    if (card === undefined) continue;
    for (const lineId of [transactionId, ...Object.values(refunds).map(({ refundId }) => refundId)]) {
      const line = await lines.get(`${card.cardId}/${lineId}`);
      if (line?.status !== 'booked') continue;
      sumMinor += line.creditDebit === 'D' ? line.amountMinor : -line.amountMinor;
    }
  }
  return sumMinor;
};
