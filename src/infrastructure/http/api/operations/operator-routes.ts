import type { DeliveryQueries } from '../../../../application/feed/delivery-queries.js';
import type { OrderQueries } from '../../../../application/ticketing/order-queries.js';
import { needsHuman } from '../../../../projections/ticketing/needs-human.js';
import { type Route, route } from '../../frame/route.js';
import { IsDigits, IsToken } from '../../input/fields.js';
import { PageQuery, pageReply, pageRequest } from '../pages.js';
import type { ReadYourWrites } from '../read-your-writes.js';
import { DeliveryList, OrdersInNeed } from './operator-replies.js';

export interface OperatorRouteParts {
  readonly orderQueries: OrderQueries;
  readonly deliveries: DeliveryQueries;
  readonly readYourWrites: ReadYourWrites;
}

class EventParams {
  @IsToken(100)
  readonly stream!: string;

  @IsDigits(1, 18)
  readonly revision!: string;
}

/** For those who run the platform, on the operator port. */
export const operatorRoutes = ({ orderQueries, deliveries, readYourWrites }: OperatorRouteParts): readonly Route[] => [
  route({
    method: 'get',
    path: '/v1/needs-human',
    operationId: 'listNeedsHuman',
    summary: 'Orders that the platform can not bring to an end by itself, the oldest first',
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
