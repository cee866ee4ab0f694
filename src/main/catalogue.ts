import { EventCatalogue } from '../application/event-catalogue.js';
import { dueTimesOf, type TimedProcess } from '../application/processes/due-times.js';
import type { AnyDecider } from '../application/stream-state.js';
import { card } from '../domain/banking/card.js';
import { cardEvents } from '../domain/banking/card-events.js';
import { cardPayment } from '../domain/banking/card-payment.js';
import { cardReservations } from '../domain/banking/card-reservations.js';
import { transaction } from '../domain/banking/transaction.js';
import { transactionEvents } from '../domain/banking/transaction-events.js';
import { order } from '../domain/ticketing/order.js';
import { orderEvents } from '../domain/ticketing/order-events.js';
import { purchase } from '../domain/ticketing/purchase.js';
import { sale } from '../domain/ticketing/sale.js';
import { saleEvents } from '../domain/ticketing/sale-events.js';
import { saleSchedule } from '../domain/ticketing/sale-schedule.js';
import { ticket } from '../domain/ticketing/ticket.js';
import { ticketEvents } from '../domain/ticketing/ticket-events.js';
import { statement } from '../projections/banking/statement.js';
import type { Projection, View } from '../projections/projection.js';
import { availability } from '../projections/ticketing/availability.js';
import { needsHuman } from '../projections/ticketing/needs-human.js';
import { orders } from '../projections/ticketing/orders.js';
import { tickets } from '../projections/ticketing/tickets.js';

/** Every event of the platform. @throws Error when an older version has no upcaster */
export const openCatalogue = (): EventCatalogue =>
  new EventCatalogue(saleEvents, orderEvents, ticketEvents, cardEvents, transactionEvents);

/** What belongs together, with data that no other module reads. */
export const allModules = ['ticketing', 'banking'] as const;
export type Module = (typeof allModules)[number];

type OfModules<T> = { readonly [Name in Module]: T };

const aggregates: OfModules<readonly AnyDecider[]> = {
  ticketing: [sale, order, ticket],
  banking: [card, transaction],
};

/** Every aggregate of the platform. The catalogue has checked that a decoded event is one that its decider knows. */
export const deciders: readonly AnyDecider[] = Object.values(aggregates).flat();

const moduleOfCategory = new Map(
  allModules.flatMap((name) => aggregates[name].map(({ category }) => [category, name] as const)),
);

const moduleOfEvent = new Map(
  allModules.flatMap((name) =>
    aggregates[name].flatMap(({ events }) => Object.keys(events).map((type) => [type, name])),
  ),
);

/** The module that makes events of a type. @throws Error for a type of none */
export const moduleOfType = (type: string): string => {
  const found = moduleOfEvent.get(type);
  if (found === undefined) throw new Error(`${type} is an event of no module`);
  return found;
};

/** The module whose events a stream holds; none for a stream that others write. */
export const moduleOf = (stream: string): Module | undefined =>
  moduleOfCategory.get(stream.slice(0, stream.indexOf('-')));

/**
 * Partitions that streams are spread over, by `partitionOf`: what the feed, its readers, rebuilds and consistency tokens
 * go by. It never changes for an installation.
 */
export const partitions = 1;

/** Every process of the platform. */
export const processes = {
  ticketing: [purchase, saleSchedule],
  banking: [cardPayment, cardReservations],
} as const satisfies OfModules<readonly TimedProcess[]>;

/** The same in one list. */
export const allProcesses = [...processes.ticketing, ...processes.banking];

/** What readers ask. */
export const projections: OfModules<readonly Projection[]> = {
  ticketing: [availability, orders, tickets, needsHuman],
  banking: [statement],
};

/** The same in one list. */
export const allProjections: readonly Projection[] = Object.values(projections).flat();

/** When processes are due: who runs them keeps these. */
export const dueViews: OfModules<readonly View[]> = {
  ticketing: processes.ticketing.map((process) => dueTimesOf(process)),
  banking: processes.banking.map((process) => dueTimesOf(process)),
};

/** Every view of the platform. */
export const views: readonly View[] = [...allProjections, ...Object.values(dueViews).flat()];

const moduleOfViewName = new Map(
  allModules.flatMap((name) => [...projections[name], ...dueViews[name]].map((view) => [view.name, name] as const)),
);

/** The module whose events a view is made from; none for an unknown one. */
export const moduleOfView = (view: string): Module | undefined => moduleOfViewName.get(view);
