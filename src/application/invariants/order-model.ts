import type { OrderEvent } from '../../domain/ticketing/order-events.js';
import type { TicketEvent } from '../../domain/ticketing/ticket-events.js';
import type { BankModel } from './bank-model.js';
import type { Report } from './invariants.js';
import type { SaleModel } from './sale-model.js';

type PaymentStep = 'open' | 'abandoned' | 'authorised' | 'captured' | 'declined' | 'reversed';

export interface OrderEntry {
  readonly saleId: string;
  readonly quantity: number;
  readonly currency: string;
  readonly totalMinor: number;
  status: 'open' | 'fulfilled' | 'cancelled' | 'expired';
  places: 'held' | 'confirmed' | 'issued' | 'lost';
  ticketIds: readonly string[];
  /** Tickets whose own stream began. */
  issued: number;
  readonly payments: Map<string, PaymentStep>;
  readonly refunds: Map<
    string,
    { readonly amountMinor: number; readonly tickets: number; step: 'requested' | 'paid' | 'refused' }
  >;
  needsHuman: boolean;
}

type Of<Type extends OrderEvent['type']> = Extract<OrderEvent, { type: Type }>['data'];

/** Follows every order and its tickets from their events alone, beside the sales and the bank. */
export class OrderModel {
  readonly orders = new Map<string, OrderEntry>();
  /** Last event of each ticket. */
  readonly tickets = new Map<string, TicketEvent['type']>();
  readonly #orderOf = new Map<string, string>();

  constructor(
    private readonly report: Report,
    private readonly sales: SaleModel,
    private readonly bank: BankModel,
  ) {}

  apply(orderId: string, event: OrderEvent): void {
    if (event.type === 'OrderPlaced') {
      this.#placed(orderId, event.data);
      return;
    }
    const order = this.orders.get(orderId);
    if (order === undefined) {
      this.report('steps-in-order', `order-${orderId}`, `${event.type} before it was placed`);
      return;
    }
    switch (event.type) {
      case 'PlacesConfirmed':
        this.#confirmed(orderId, order, event.data.ticketIds);
        return;
      case 'PlacesLost':
        order.places = 'lost';
        return;
      case 'TicketsIssued':
        if (order.issued !== order.quantity) {
          this.report('tickets-as-paid', `order-${orderId}`, `${order.issued} tickets issued of ${order.quantity}`);
        }
        order.places = 'issued';
        return;
      case 'OrderFulfilled':
        if (order.totalMinor > 0 && paidBy(order) === undefined)
          this.report('tickets-as-paid', `order-${orderId}`, 'fulfilled without a payment');
        order.status = 'fulfilled';
        return;
      case 'OrderExpired':
      case 'OrderCancelled':
        order.status = event.type === 'OrderExpired' ? 'expired' : 'cancelled';
        return;
      case 'HumanNeeded':
      case 'HumanDone':
        order.needsHuman = event.type === 'HumanNeeded';
        return;
      case 'OrderExtended':
      case 'TicketsReturned':
        return;
      case 'ReturnRequested':
        this.#returning(orderId, order, event.data.ticketIds);
        return;
      case 'RefundRequested':
      case 'RefundPaid':
      case 'RefundRefused':
        this.#refund(orderId, order, event);
        return;
      default:
        this.#payment(orderId, order, event);
        return;
    }
  }

  applyTicket(ticketId: string, event: TicketEvent): void {
    const subject = `ticket-${ticketId}`;
    const known = this.tickets.get(ticketId);
    if ((known === undefined) !== (event.type === 'TicketIssued')) {
      this.report('ids-unique', subject, known === undefined ? `${event.type} before its issue` : 'issued twice');
    }
    this.tickets.set(ticketId, event.type);
    if (event.type !== 'TicketIssued') return;
    const { orderId, seat } = event.data;
    const order = this.orders.get(orderId);
    if (order === undefined || this.sales.tickets.get(ticketId) !== orderId) {
      this.report('tickets-as-paid', subject, `issued for order ${orderId}, which did not get it`);
      return;
    }
    order.issued += 1;
    if (seat !== undefined && this.sales.sales.get(order.saleId)?.seats?.get(seat) !== orderId) {
      this.report('seat-once', subject, `issued for seat ${seat}, which order ${orderId} does not have`);
    }
  }

  /** The order that has named a payment. */
  orderOf(transactionId: string): string | undefined {
    return this.#orderOf.get(transactionId);
  }

  #placed(orderId: string, { saleId, quantity, total, lines }: Of<'OrderPlaced'>): void {
    const subject = `order-${orderId}`;
    if (this.orders.has(orderId)) {
      this.report('ids-unique', subject, 'placed twice');
      return;
    }
    const places = this.sales.places.get(orderId);
    if (places?.saleId !== saleId || places.quantity !== quantity) {
      this.report('steps-in-order', subject, `placed for ${quantity} places, holds ${places?.quantity ?? 0}`);
    }
    const sumMinor = lines.reduce((sum, line) => sum + line.quantity * line.unitPrice.amountMinor, 0);
    if (sumMinor !== total.amountMinor)
      this.report('sums-agree', subject, `total ${total.amountMinor}, lines ${sumMinor}`);
    this.orders.set(orderId, {
      saleId,
      quantity,
      currency: total.currency,
      totalMinor: total.amountMinor,
      status: 'open',
      places: 'held',
      ticketIds: [],
      issued: 0,
      payments: new Map(),
      refunds: new Map(),
      needsHuman: false,
    });
  }

  #confirmed(orderId: string, order: OrderEntry, ticketIds: readonly string[]): void {
    const places = this.sales.places.get(orderId);
    const isSold = places?.status === 'sold' && sameIds(places.ticketIds, ticketIds);
    if (!isSold) this.report('tickets-as-paid', `order-${orderId}`, 'confirmed places that its sale did not sell');
    if (order.totalMinor > 0 && ![...order.payments.values()].includes('authorised')) {
      this.report('tickets-as-paid', `order-${orderId}`, 'places confirmed without a payment');
    }
    order.places = 'confirmed';
    order.ticketIds = ticketIds;
  }

  #payment(orderId: string, order: OrderEntry, event: Extract<OrderEvent, { type: `Payment${string}` }>): void {
    const subject = `order-${orderId}`;
    const { transactionId } = event.data;
    const step = order.payments.get(transactionId);
    if ((step === undefined) !== (event.type === 'PaymentStarted')) {
      this.report('steps-in-order', subject, `${event.type} of ${transactionId}, which is ${step ?? 'unknown'}`);
    }
    switch (event.type) {
      case 'PaymentStarted':
        this.#started(orderId, order, event.data);
        return;
      case 'PaymentActionRequired':
      case 'PaymentOutcomeUnknown':
        return;
      case 'PaymentAbandoned':
        order.payments.set(transactionId, 'abandoned');
        return;
      case 'PaymentAuthorised':
        if (step === 'abandoned')
          this.report('steps-in-order', subject, `${transactionId} was abandoned, then authorised`);
        this.#atBank(subject, event.type, transactionId, ['authorised', 'captured', 'voided', 'expired']);
        order.payments.set(transactionId, 'authorised');
        return;
      case 'PaymentCaptured':
        if (paidBy(order) !== undefined) this.report('charged-once', subject, `charged again with ${transactionId}`);
        if (order.places !== 'issued')
          this.report('tickets-as-paid', subject, 'charged before its tickets were issued');
        this.#atBank(subject, event.type, transactionId, ['captured']);
        order.payments.set(transactionId, 'captured');
        return;
      case 'PaymentDeclined':
        this.#atBank(subject, event.type, transactionId, ['declined']);
        order.payments.set(transactionId, 'declined');
        return;
      case 'PaymentReversed':
        this.#atBank(subject, event.type, transactionId, ['voided', 'expired', 'barred']);
        order.payments.set(transactionId, 'reversed');
        return;
      default:
        event satisfies never;
    }
  }

  #started(orderId: string, order: OrderEntry, { transactionId, amount }: Of<'PaymentStarted'>): void {
    const subject = `order-${orderId}`;
    const other = this.#orderOf.get(transactionId);
    if (other !== undefined)
      this.report('ids-unique', `transaction-${transactionId}`, `pays order ${other} and ${orderId}`);
    this.#orderOf.set(transactionId, orderId);
    if (this.bank.transactions.has(transactionId)) {
      this.report('steps-in-order', subject, `the bank knew ${transactionId} before it was named`);
    }
    const isOther = [...order.payments.values()].some((step) => step !== 'declined' && step !== 'reversed');
    if (isOther) this.report('charged-once', subject, `payment ${transactionId} began beside another`);
    if (order.totalMinor === 0) this.report('sums-agree', subject, 'is free, and asks for a payment');
    if (amount.amountMinor !== order.totalMinor || amount.currency !== order.currency) {
      this.report('sums-agree', subject, `asks for ${amount.amountMinor} of ${order.totalMinor}`);
    }
    order.payments.set(transactionId, 'open');
  }

  #refund(orderId: string, order: OrderEntry, event: Extract<OrderEvent, { type: `Refund${string}` }>): void {
    const subject = `order-${orderId}`;
    const { refundId } = event.data;
    const refund = order.refunds.get(refundId);
    if (event.type === 'RefundRequested') {
      if (refund !== undefined) this.report('ids-unique', subject, `refund ${refundId} requested twice`);
      const { amount, ticketIds } = event.data;
      order.refunds.set(refundId, { amountMinor: amount.amountMinor, tickets: ticketIds.length, step: 'requested' });
      const backMinor = refundedMinor(order);
      if (backMinor > order.totalMinor) {
        this.report('refund-within-paid', subject, `${backMinor} given back of ${order.totalMinor}`);
      }
      return;
    }
    if (refund?.step !== 'requested') {
      this.report('refund-within-paid', subject, `${event.type} of ${refundId}: ${refund?.step ?? 'unasked'}`);
      return;
    }
    refund.step = event.type === 'RefundPaid' ? 'paid' : 'refused';
    const atBank = [...order.payments.keys()].map((id) => this.bank.transactions.get(id)?.refunds.get(refundId));
    const isOwed = refund.amountMinor > 0 && this.bank.transactions.size > 0;
    if (refund.step === 'paid' && isOwed && !atBank.some((one) => one?.isBooked)) {
      this.report('steps-in-order', subject, `refund ${refundId} is called paid, and no card got it`);
    }
    if (refund.step === 'refused' && atBank.some((one) => one !== undefined)) {
      this.report('bank-agrees', subject, `refund ${refundId} is called refused, and the bank pays it`);
    }
  }

  /** Only the places of tickets that were paid back. */
  #returning(orderId: string, order: OrderEntry, ticketIds: readonly string[]): void {
    const isPaidBack = (ticketId: string): boolean => this.tickets.get(ticketId) === 'TicketRefunded';
    if (ticketIds.every(isPaidBack) && [...order.refunds.values()].some(({ step }) => step === 'paid')) return;
    this.report('steps-in-order', `order-${orderId}`, 'places of tickets that were not paid back are to be returned');
  }

  /** What the order says of the bank, the bank must have said before; a store may also be without the bank's streams. */
  #atBank(subject: string, type: string, transactionId: string, statuses: readonly string[]): void {
    if (this.bank.transactions.size === 0) return;
    const status = this.bank.transactions.get(transactionId)?.status ?? 'unknown';
    if (!statuses.includes(status)) {
      this.report('steps-in-order', subject, `${type} of ${transactionId}, which the bank has as ${status}`);
    }
  }
}

const sameIds = (left: readonly string[], right: readonly string[]): boolean =>
  left.length === right.length && left.every((id) => right.includes(id));

/** The transaction that an order was charged with. */
export const paidBy = (order: OrderEntry): string | undefined =>
  [...order.payments].find(([, step]) => step === 'captured')?.[0];

/** What was given back or is about to be, in minor units. */
export const refundedMinor = (order: OrderEntry, only?: 'paid'): number => {
  let sum = 0;
  for (const { amountMinor, step } of order.refunds.values()) {
    if (step === 'paid' || (only === undefined && step === 'requested')) sum += amountMinor;
  }
  return sum;
};
