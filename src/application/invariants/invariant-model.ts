import type { CardEvent } from '../../domain/banking/card-events.js';
import type { TransactionEvent } from '../../domain/banking/transaction-events.js';
import type { DomainEvent } from '../../domain/event.js';
import type { OrderEvent } from '../../domain/ticketing/order-events.js';
import type { SaleEvent } from '../../domain/ticketing/sale-events.js';
import type { TicketEvent } from '../../domain/ticketing/ticket-events.js';
import { type EventCatalogue, UnreadableEvent } from '../event-catalogue.js';
import { beginning, type EventStore, type Position, type RecordedEvent } from '../ports/event-store.js';
import { BankModel } from './bank-model.js';
import type { Report, Violation } from './invariants.js';
import { OrderModel } from './order-model.js';
import { SaleModel } from './sale-model.js';
import { unasked } from './unasked.js';
import { whenQuiescent } from './when-quiescent.js';

export interface Quiescence {
  /** Nothing is in flight: what holds only then must hold too. */
  readonly isQuiescent: boolean;
}

/** Violations that are kept; whoever has so many needs no more. */
const keptViolations = 1_000;

const reportInto =
  (found: Violation[]): Report =>
  (invariant, subject, detail) => {
    if (found.length < keptViolations) found.push({ invariant, subject, detail });
  };

/**
 * What all events of a store come to, counted apart from the code that decides: takes them in the order of the store and
 * reports each one that can't follow from those before it. Memory grows with sales, orders, cards and payments only.
 */
export class InvariantModel {
  readonly sales: SaleModel;
  readonly orders: OrderModel;
  readonly bank: BankModel;
  readonly #found: Violation[] = [];
  readonly #report = reportInto(this.#found);
  readonly #revisions = new Map<string, bigint>();
  #last: Position | undefined;

  constructor(private readonly catalogue: EventCatalogue) {
    this.sales = new SaleModel(this.#report);
    this.bank = new BankModel(this.#report);
    this.orders = new OrderModel(this.#report, this.sales, this.bank);
  }

  /** An event that can't be read is a violation, and what it is about stays as it was. */
  apply(stored: RecordedEvent): void {
    const { stream, revision, position } = stored;
    const due = (this.#revisions.get(stream) ?? -1n) + 1n;
    if (revision !== due) this.#report('ids-unique', stream, `revision ${revision} where ${due} was due`);
    if (this.#last !== undefined && position <= this.#last)
      this.#report('ids-unique', stream, `position ${position} again`);
    this.#revisions.set(stream, revision);
    this.#last = position;
    const cut = stream.indexOf('-');
    try {
      this.#change(stream.slice(0, cut), stream.slice(cut + 1), this.catalogue.decode(stored));
    } catch (cause) {
      if (!(cause instanceof UnreadableEvent)) throw cause;
      this.#report('readable', stream, cause.message);
    }
  }

  /** What was found so far; empty when everything holds. */
  violations({ isQuiescent }: Quiescence): readonly Violation[] {
    const found = [...this.#found];
    if (isQuiescent) whenQuiescent(this, reportInto(found));
    return found;
  }

  /** A payment that no order has named is looked at when all is quiescent. */
  #reconcile(transactionId: string, event: TransactionEvent): void {
    const orderId = this.orders.orderOf(transactionId);
    const order = orderId === undefined ? undefined : this.orders.orders.get(orderId);
    const detail = order && unasked(order, transactionId, event);
    if (detail !== undefined) this.#report('bank-agrees', `order-${orderId}`, detail);
  }

  /** The catalogue has checked that a type's payload is the one that the type declares; streams keep to their types. */
  #change(category: string, id: string, event: DomainEvent): void {
    switch (category) {
      case 'sale':
        this.sales.apply(id, event as SaleEvent);
        return;
      case 'order':
        this.orders.apply(id, event as OrderEvent);
        return;
      case 'ticket':
        this.orders.applyTicket(id, event as TicketEvent);
        return;
      case 'card':
        this.bank.applyCard(id, event as CardEvent);
        return;
      case 'transaction':
        this.#reconcile(id, event as TransactionEvent);
        this.bank.applyTransaction(id, event as TransactionEvent);
        return;
    }
  }
}

/** The model of all events of a store, up to its head. */
export const modelOf = async (
  store: Pick<EventStore, 'readAll'>,
  catalogue: EventCatalogue,
): Promise<InvariantModel> => {
  const model = new InvariantModel(catalogue);
  for (let position = beginning; ; ) {
    const { events, next, isHead } = await store.readAll(position, { limit: 1_000 });
    for (const event of events) model.apply(event);
    if (isHead) return model;
    position = next;
  }
};
