import type { OrderQueries } from '../../../../application/ticketing/order-queries.js';
import type { SaleQueries } from '../../../../application/ticketing/sale-queries.js';
import type { TicketQueries } from '../../../../application/ticketing/ticket-queries.js';
import type { TicketSecrets } from '../../../../application/ticketing/ticket-secrets.js';
import { streamOf } from '../../../../domain/decider.js';
import { order } from '../../../../domain/ticketing/order.js';
import { sale } from '../../../../domain/ticketing/sale.js';
import { availability } from '../../../../projections/ticketing/availability.js';
import { orders } from '../../../../projections/ticketing/orders.js';
import { tickets } from '../../../../projections/ticketing/tickets.js';
import { type Route, route } from '../../frame/route.js';
import { toJson } from '../json.js';
import { pageReply, pageRequest } from '../pages.js';
import { type ReadYourWrites, readProblems } from '../read-your-writes.js';
import { OrderParams } from './order-fields.js';
import { Order } from './order-replies.js';
import { SaleParams, SalesQuery } from './sale-fields.js';
import { SalePage, SaleWithSeats } from './sale-replies.js';
import { TicketList } from './ticket-replies.js';

export interface QueryRouteParts {
  readonly saleQueries: SaleQueries;
  readonly orderQueries: OrderQueries;
  readonly ticketQueries: TicketQueries;
  readonly secrets: TicketSecrets;
  readonly readYourWrites: ReadYourWrites;
}

/** Reads, from the views alone. */
export const queryRoutes = (parts: QueryRouteParts): readonly Route[] => [...saleReads(parts), ...orderReads(parts)];

const saleReads = ({ saleQueries, readYourWrites }: QueryRouteParts): readonly Route[] => [
  route({
    method: 'get',
    path: '/v1/sales',
    operationId: 'listSales',
    summary: 'Sales in the order of their shows',
    tags: ['sales'],
    policy: 'public',
    query: SalesQuery,
    idempotent: false,
    responses: {
      200: { description: 'A page', body: SalePage },
      503: ['view_behind', 'views_unavailable'],
    },
    handler: async ({ query, consistencyToken }) => {
      const page = await readYourWrites.read(availability, consistencyToken, () =>
        saleQueries.list(pageRequest(query)),
      );
      return { status: 200, body: pageReply('/v1/sales', query, page) };
    },
  }),
  route({
    method: 'get',
    path: '/v1/sales/{saleId}',
    operationId: 'getSale',
    summary: 'A sale and its free places at the time of asOf',
    tags: ['sales'],
    policy: 'public',
    params: SaleParams,
    idempotent: false,
    responses: { 200: { description: 'The sale', body: SaleWithSeats, headers: ['ETag'] }, ...readProblems },
    handler: async ({ params, consistencyToken }) => {
      const { saleId } = params;
      const query = () => saleQueries.get(saleId);
      const found = await readYourWrites.read(availability, consistencyToken, query, streamOf(sale, saleId));
      return { status: 200, body: toJson(found), etag: found.revision };
    },
  }),
];

const orderReads = (parts: QueryRouteParts): readonly Route[] => [
  route({
    method: 'get',
    path: '/v1/orders/{orderId}',
    operationId: 'getOrder',
    summary: 'An order with its payments and refunds',
    tags: ['orders'],
    policy: 'public',
    params: OrderParams,
    idempotent: false,
    responses: { 200: { description: 'The order', body: Order, headers: ['ETag'] }, ...readProblems },
    handler: async ({ params, consistencyToken }) => {
      const { readYourWrites, orderQueries } = parts;
      const { orderId } = params;
      const query = () => orderQueries.get(orderId);
      const found = await readYourWrites.read(orders, consistencyToken, query, streamOf(order, orderId));
      return { status: 200, body: toJson(found), etag: found.revision };
    },
  }),
  route({
    method: 'get',
    path: '/v1/orders/{orderId}/tickets',
    operationId: 'listTickets',
    summary: 'The tickets of an order, those that its buyer holds with the secret that their code shows',
    tags: ['tickets'],
    policy: 'public',
    params: OrderParams,
    idempotent: false,
    responses: { 200: { description: 'All of them', body: TicketList }, ...readProblems },
    handler: async ({ params, consistencyToken }) => {
      const { readYourWrites, orderQueries, ticketQueries, secrets } = parts;
      const { orderId } = params;
      const stream = streamOf(order, orderId);
      const query = () => orderQueries.get(orderId);
      const { buyer } = await readYourWrites.read(orders, consistencyToken, query, stream);
      const held = await readYourWrites.read(tickets, consistencyToken, () => ticketQueries.ofOrder(orderId), stream);
      const items = held.map((ticket) => ({
        ...ticket,
        ...(ticket.holder.email === buyer.email && { secret: secrets.of(ticket.ticketId, ticket.generation) }),
      }));
      return { status: 200, body: toJson({ items }) };
    },
  }),
];
