import type { CardEvent } from '../../domain/banking/card-events.js';
import type { TransactionEvent } from '../../domain/banking/transaction-events.js';
import type { DomainEvent } from '../../domain/event.js';
import type { OrderEvent } from '../../domain/ticketing/order-events.js';
import type { SaleEvent } from '../../domain/ticketing/sale-events.js';
import type { TicketEvent } from '../../domain/ticketing/ticket-events.js';
import type { Position } from '../ports/event-store.js';
import { atRest } from './at-rest.js';
import { BankLedger } from './bank-ledger.js';
import type { Broken, Invariant } from './findings.js';
import { OrderLedger } from './order-ledger.js';
import { SaleLedger } from './sale-ledger.js';

/** An event as it stands in a store. */
export interface Recorded {
  readonly stream: string;
  readonly revision: bigint;
  readonly position: Position;
  readonly event: DomainEvent;
}

/** Findings that are kept; whoever has so many needs no more. */
const keptFindings = 1_000;

/**
 * What all events of a store come to, counted apart from the code that decides: takes them in the order of the store and
 * finds each one that can't follow from those before it. Memory grows with sales, orders, cards and payments only.
 */
export class Ledger {
  readonly sales: SaleLedger;
  readonly orders: OrderLedger;
  readonly bank: BankLedger;
  readonly #found: Broken[] = [];
  readonly #revisions = new Map<string, bigint>();
  #last: Position | undefined;

  constructor() {
    const note = this.note.bind(this);
    this.sales = new SaleLedger(note);
    this.bank = new BankLedger(note);
    this.orders = new OrderLedger(note, this.sales, this.bank);
  }

  note(invariant: Invariant, subject: string, detail: string): void {
    if (this.#found.length < keptFindings) this.#found.push({ invariant, subject, detail });
  }

  take({ stream, revision, position, event }: Recorded): void {
    const due = (this.#revisions.get(stream) ?? -1n) + 1n;
    if (revision !== due) this.note('ids-unique', stream, `revision ${revision} where ${due} was due`);
    if (this.#last !== undefined && position <= this.#last)
      this.note('ids-unique', stream, `position ${position} again`);
    this.#revisions.set(stream, revision);
    this.#last = position;
    const cut = stream.indexOf('-');
    this.#take(stream.slice(0, cut), stream.slice(cut + 1), event);
  }

  /** The catalogue has checked that a type's payload is the one that the type declares; streams keep to their types. */
  #take(category: string, id: string, event: DomainEvent): void {
    switch (category) {
      case 'sale':
        this.sales.take(id, event as SaleEvent);
        return;
      case 'order':
        this.orders.take(id, event as OrderEvent);
        return;
      case 'ticket':
        this.orders.takeTicket(id, event as TicketEvent);
        return;
      case 'card':
        this.bank.takeCard(id, event as CardEvent);
        return;
      case 'transaction':
        this.bank.takeTransaction(id, event as TransactionEvent);
        return;
    }
  }

  /**
   * All that was found so far; empty when everything holds.
   * @param isQuiescent nothing is under way: also what holds only then
   */
  broken({ isQuiescent }: { readonly isQuiescent: boolean }): readonly Broken[] {
    if (!isQuiescent) return [...this.#found];
    const found = [...this.#found];
    atRest(this, (invariant, subject, detail) => {
      if (found.length < keptFindings) found.push({ invariant, subject, detail });
    });
    return found;
  }
}
