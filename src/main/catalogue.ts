import type { Folding } from '../application/audit/stream-audit.js';
import { EventCatalogue } from '../application/event-catalogue.js';
import { card } from '../domain/banking/card.js';
import { cardEvents } from '../domain/banking/card-events.js';
import { transaction } from '../domain/banking/transaction.js';
import { transactionEvents } from '../domain/banking/transaction-events.js';
import type { Aggregate } from '../domain/decider.js';
import type { DomainEvent } from '../domain/event.js';
import { order } from '../domain/ticketing/order.js';
import { orderEvents } from '../domain/ticketing/order-events.js';
import { sale } from '../domain/ticketing/sale.js';
import { saleEvents } from '../domain/ticketing/sale-events.js';
import { ticket } from '../domain/ticketing/ticket.js';
import { ticketEvents } from '../domain/ticketing/ticket-events.js';
import { statement } from '../projections/banking/statement.js';
import type { Projection } from '../projections/projection.js';
import { availability } from '../projections/ticketing/availability.js';
import { holds } from '../projections/ticketing/holds.js';
import { needsHuman } from '../projections/ticketing/needs-human.js';
import { openPurchases } from '../projections/ticketing/open-purchases.js';
import { orders } from '../projections/ticketing/orders.js';
import { tickets } from '../projections/ticketing/tickets.js';

/** Every event of the platform. @throws Error when an older version has no upcaster */
export const openCatalogue = (): EventCatalogue =>
  new EventCatalogue(saleEvents, orderEvents, ticketEvents, cardEvents, transactionEvents);

/** The catalogue has checked that a decoded event is one of those that its stream's aggregate knows or ignores. */
const folding = <State, Command, Event extends DomainEvent, Refusal>(
  aggregate: Aggregate<State, Command, Event, Refusal>,
): Folding => ({
  category: aggregate.category,
  initialState: () => aggregate.initialState(),
  evolve: (state, event) => aggregate.evolve(state as State, event as Event),
});

/** How the state of every stream follows from its events. */
export const foldings: readonly Folding[] = [
  folding(sale),
  folding(order),
  folding(ticket),
  folding(card),
  folding(transaction),
];

/**
 * Partitions that streams are spread over, by `partitionOf`: what the feed, its readers, rebuilds and consistency tokens
 * go by. It never changes for an installation.
 */
export const partitions = 1;

/** Every view of the platform. */
export const projections: readonly Projection[] = [
  availability,
  orders,
  tickets,
  holds,
  openPurchases,
  needsHuman,
  statement,
];
