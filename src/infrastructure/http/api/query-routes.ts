import type { StatementQueries } from '../../../application/banking/statement-queries.js';
import type { OrderQueries } from '../../../application/ticketing/order-queries.js';
import type { SaleQueries } from '../../../application/ticketing/sale-queries.js';
import type { TicketQueries } from '../../../application/ticketing/ticket-queries.js';
import type { TicketSecrets } from '../../../application/ticketing/ticket-secrets.js';
import { statement } from '../../../projections/banking/statement.js';
import { availability } from '../../../projections/ticketing/availability.js';
import { orders } from '../../../projections/ticketing/orders.js';
import { tickets } from '../../../projections/ticketing/tickets.js';
import { type Route, route } from '../route.js';
import { CardParams } from './bank-fields.js';
import { OrderParams } from './order-fields.js';
import { pageReply, type Reading, shown } from './reading.js';
import { SaleParams, SalesQuery } from './sale-fields.js';
import { moneySchema, orderStandingSchema, pageSchema, saleStandingSchema } from './sale-schemas.js';
import { StatementQuery, StatementRangeQuery } from './statement-fields.js';

export interface QueryRouteParts {
  readonly saleQueries: SaleQueries;
  readonly orderQueries: OrderQueries;
  readonly ticketQueries: TicketQueries;
  readonly statements: StatementQueries;
  readonly secrets: TicketSecrets;
  readonly reading: Reading;
}

const found = { 404: ['not_found'], 503: ['view_behind', 'views_unavailable'] } as const;

/** Reads, from the views alone. */
export const queryRoutes = (parts: QueryRouteParts): readonly Route[] => [
  ...saleReads(parts),
  ...orderReads(parts),
  ...statementReads(parts),
];

const saleReads = ({ saleQueries, reading }: QueryRouteParts): readonly Route[] => [
  route({
    method: 'get',
    path: '/v1/sales',
    operationId: 'listSales',
    summary: 'Sales by the begin of the show',
    tags: ['sales'],
    policy: 'public',
    query: SalesQuery,
    idempotent: false,
    responses: {
      200: { description: 'A page', body: pageSchema(saleStandingSchema) },
      503: ['view_behind', 'views_unavailable'],
    },
    handler: async ({ query, consistencyToken }) => {
      const page = await reading.of(availability, consistencyToken, () => saleQueries.list(pageRequest(query)));
      return { status: 200, body: pageReply('/v1/sales', query, page) };
    },
  }),
  route({
    method: 'get',
    path: '/v1/sales/{saleId}',
    operationId: 'getSale',
    summary: 'A sale and what it has left: a hint with its time, the sale itself decides',
    tags: ['sales'],
    policy: 'public',
    params: SaleParams,
    idempotent: false,
    responses: { 200: { description: 'The sale', body: saleStandingSchema, headers: ['ETag'] }, ...found },
    handler: async ({ params, consistencyToken }) => {
      const sale = await reading.of(availability, consistencyToken, () => saleQueries.get(params.saleId));
      return { status: 200, body: shown(sale), etag: sale.revision };
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
    responses: { 200: { description: 'The order', body: orderStandingSchema, headers: ['ETag'] }, ...found },
    handler: async ({ params, consistencyToken }) => {
      const { reading, orderQueries } = parts;
      const order = await reading.of(orders, consistencyToken, () => orderQueries.get(params.orderId));
      return { status: 200, body: shown(order), etag: order.revision };
    },
  }),
  route({
    method: 'get',
    path: '/v1/orders/{orderId}/tickets',
    operationId: 'listTickets',
    summary: 'The tickets of an order, each with the secret that its code shows',
    tags: ['tickets'],
    policy: 'public',
    params: OrderParams,
    idempotent: false,
    responses: { 200: { description: 'All of them', body: pageSchema({ type: 'object' }) }, ...found },
    handler: async ({ params, consistencyToken }) => {
      const { reading, orderQueries, ticketQueries, secrets } = parts;
      await reading.of(orders, consistencyToken, () => orderQueries.get(params.orderId));
      const held = await reading.of(tickets, consistencyToken, () => ticketQueries.ofOrder(params.orderId));
      const items = held.map((ticket) => ({ ...ticket, secret: secrets.of(ticket.ticketId, ticket.generation) }));
      return { status: 200, body: shown({ items }) };
    },
  }),
];

const statementReads = ({ statements, reading }: QueryRouteParts): readonly Route[] => [
  route({
    method: 'get',
    path: '/v1/cards/{cardId}/statement',
    operationId: 'getStatement',
    summary: 'Booked and pending lines of a card, newest first, with its balances',
    tags: ['statements'],
    policy: 'public',
    params: CardParams,
    query: StatementQuery,
    idempotent: false,
    responses: { 200: { description: 'A page', body: statementSchema, headers: ['ETag'] }, ...found },
    handler: async ({ params: { cardId }, query, consistencyToken }) => {
      const wish = { cardId, ...pageRequest(query) };
      const page = await reading.of(statement, consistencyToken, () => statements.statement(wish));
      const body = pageReply(`/v1/cards/${cardId}/statement`, query, page);
      return { status: 200, body, etag: page.revision };
    },
  }),
  ...(['csv', 'ofx'] as const).map((format) =>
    route({
      method: 'get',
      path: `/v1/cards/{cardId}/statement.${format}`,
      operationId: `exportStatement${format === 'csv' ? 'Csv' : 'Ofx'}`,
      summary: `The statement as ${format === 'csv' ? 'CSV (RFC 4180)' : 'OFX'}`,
      tags: ['statements'],
      policy: 'public',
      params: CardParams,
      query: StatementRangeQuery,
      idempotent: false,
      responses: {
        200: { description: 'The file', body: { type: 'string' }, contentType: contentTypes[format] },
        ...found,
      },
      handler: async ({ params: { cardId }, query, consistencyToken }) => {
        const wish = { cardId, ...pageRequest(query) };
        const pieces = await reading.of(statement, consistencyToken, () => statements[format](wish));
        let body = '';
        for await (const piece of pieces) body += piece;
        const headers = { 'Content-Disposition': `attachment; filename="statement.${format}"` };
        return { status: 200, body, contentType: contentTypes[format], headers };
      },
    }),
  ),
];

const contentTypes = { csv: 'text/csv; charset=utf-8; header=present', ofx: 'application/x-ofx' } as const;

const statementSchema = {
  type: 'object',
  required: ['card', 'openingBalance', 'closingBalance', 'items', 'asOf'],
  properties: {
    card: { type: 'object' },
    openingBalance: moneySchema,
    closingBalance: moneySchema,
    items: { type: 'array', items: { type: 'object' } },
    next: { type: 'string' },
    prev: { type: 'string' },
    asOf: { type: 'string', format: 'date-time' },
  },
};

type Given<Query> = { [Name in keyof Query]: Exclude<Query[Name], undefined> };

/** What was asked for, without what was left out. */
const pageRequest = <Query extends object>(query: Query): Given<Query> =>
  Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as Given<Query>;
