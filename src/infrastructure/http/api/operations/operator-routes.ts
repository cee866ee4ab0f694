import { maxNameCharacters } from '../../../../application/bounds.js';
import type { DeliveryQueries } from '../../../../application/feed/delivery-queries.js';
import type { OrderQueries } from '../../../../application/ticketing/order-queries.js';
import type { Orders } from '../../../../application/ticketing/orders.js';
import type { TicketQueries } from '../../../../application/ticketing/ticket-queries.js';
import type { TicketSecrets } from '../../../../application/ticketing/ticket-secrets.js';
import { needsHuman } from '../../../../projections/ticketing/needs-human.js';
import { tickets } from '../../../../projections/ticketing/tickets.js';
import { type Route, route } from '../../frame/route.js';
import { IsDigits, IsName, IsToken } from '../../input/fields.js';
import { toJson } from '../json.js';
import { PageQuery, pageReply, pageRequest } from '../pages.js';
import { type ReadYourWrites, readProblems } from '../read-your-writes.js';
import { unwrap } from '../refusals.js';
import { OrderParams } from '../ticketing/order-fields.js';
import { OrderSummary } from '../ticketing/order-replies.js';
import { TicketParams } from '../ticketing/ticket-fields.js';
import { Ticket } from '../ticketing/ticket-replies.js';
import { DeliveryList, OrdersInNeed } from './operator-replies.js';

export interface OperatorRouteParts {
  readonly orders: Orders;
  readonly orderQueries: OrderQueries;
  readonly ticketQueries: TicketQueries;
  readonly secrets: TicketSecrets;
  readonly deliveries: DeliveryQueries;
  readonly readYourWrites: ReadYourWrites;
}

class EventParams {
  @IsToken(100)
  readonly stream!: string;

  @IsDigits(1, 18)
  readonly revision!: string;
}

class ResolutionBody {
  @IsName(maxNameCharacters)
  readonly by!: string;

  @IsName(1_000)
  readonly note!: string;
}

/** For those who run the platform, on the operator port. */
export const operatorRoutes = ({
  orders,
  orderQueries,
  ticketQueries,
  secrets,
  deliveries,
  readYourWrites,
}: OperatorRouteParts): readonly Route[] => [
  route({
    method: 'get',
    path: '/v1/needs-human',
    operationId: 'listNeedsHuman',
    summary: 'Orders that need a person, the oldest first',
    tags: ['operators'],
    policy: 'operator',
    query: PageQuery,
    idempotent: false,
    responses: {
      200: { description: 'A page', body: OrdersInNeed },
      503: ['view_behind', 'views_unavailable'],
    },
    handler: async ({ query, consistencyToken }) => {
      const page = await readYourWrites.read(needsHuman, consistencyToken, () =>
        orderQueries.needsHuman(pageRequest(query)),
      );
      return { status: 200, body: pageReply('/v1/needs-human', query, page) };
    },
  }),
  route({
    method: 'post',
    path: '/v1/orders/{orderId}/review-resolutions',
    operationId: 'resolveReview',
    summary: 'Records who resolved what an order needed a person for, and how; the order leaves the list',
    tags: ['operators'],
    policy: 'operator',
    params: OrderParams,
    body: ResolutionBody,
    bodyExample: { by: 'Rita Costa', note: 'Paid back by bank transfer' },
    idempotent: true,
    responses: {
      200: { description: 'The order now', body: OrderSummary, headers: ['Consistency-Token'] },
      404: ['not_found'],
    },
    handler: async ({ params, body, context }) => {
      const { by, note } = body;
      const { value, written } = unwrap(await orders.resolveReview(params.orderId, { by, note }, context));
      return { status: 200, body: toJson(value), consistencyToken: readYourWrites.tokenFor(written) };
    },
  }),
  route({
    method: 'get',
    path: '/v1/tickets/{ticketId}',
    operationId: 'getTicket',
    summary: 'A ticket with the secret that its code shows, for its holder',
    tags: ['operators'],
    policy: 'operator',
    params: TicketParams,
    idempotent: false,
    responses: { 200: { description: 'The ticket', body: Ticket, headers: ['ETag'] }, ...readProblems },
    handler: async ({ params: { ticketId }, consistencyToken }) => {
      const ticket = await readYourWrites.read(tickets, consistencyToken, () => ticketQueries.get(ticketId));
      const secret = secrets.of(ticketId, ticket.generation);
      return { status: 200, body: toJson({ ...ticket, secret }), etag: ticket.revision };
    },
  }),
  route({
    method: 'get',
    path: '/v1/streams/{stream}/events/{revision}/deliveries',
    operationId: 'listDeliveries',
    summary: 'Which readers have taken an event, from their saved positions',
    tags: ['operators'],
    policy: 'operator',
    params: EventParams,
    idempotent: false,
    responses: { 200: { description: 'Each reader', body: DeliveryList }, 404: ['not_found'] },
    handler: async ({ params: { stream, revision } }) => {
      const items = await readYourWrites.read(needsHuman, undefined, () =>
        deliveries.ofEvent(stream, BigInt(revision)),
      );
      return { status: 200, body: { items } };
    },
  }),
];
