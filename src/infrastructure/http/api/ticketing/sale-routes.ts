import { maxAmountMinor } from '../../../../application/bounds.js';
import type { CommandContext } from '../../../../application/command-context.js';
import type { Purchases } from '../../../../application/ticketing/purchases.js';
import type { SaleResult, Sales } from '../../../../application/ticketing/sales.js';
import { revisionsOf } from '../../frame/entity-tag.js';
import { invalidField } from '../../frame/problem.js';
import { type DocumentedProblem, type Reply, type Route, route } from '../../frame/route.js';
import { lookAlikes } from '../../input/look-alike.js';
import { instantMs } from '../../input/time-fields.js';
import type { ReadYourWrites } from '../read-your-writes.js';
import { unwrap } from '../refusals.js';
import { capacityBelowTaken } from './problems.js';
import { CapacityBody, ReturnBody, SaleParams, SaleTermsBody } from './sale-fields.js';
import { ReturnedTickets, SaleSummary } from './sale-replies.js';

export interface SaleRouteParts {
  readonly sales: Sales;
  readonly purchases: Purchases;
  readonly readYourWrites: ReadYourWrites;
}

const tags = ['sales'];

const saleExample = {
  name: 'The Last Night',
  venue: 'Old Harbour Hall',
  startsAt: '2030-05-04T19:30:00Z',
  timeZone: 'Europe/Lisbon',
  capacity: 100,
  price: { amountMinor: 4500, currency: 'EUR' },
  perPersonLimit: 4,
  holdSeconds: 600,
};

/** Commands of an organiser. */
export const saleRoutes = ({ sales, purchases, readYourWrites }: SaleRouteParts): readonly Route[] => {
  const reply = (result: SaleResult, status: number): Reply => {
    const { value, written } = unwrap(result);
    return {
      status,
      body: value,
      etag: value.revision,
      consistencyToken: readYourWrites.tokenFor(written),
      ...(status === 201 && { location: `/v1/sales/${value.saleId}` }),
    };
  };
  const change = (name: 'open' | 'pause' | 'close', summary: string, conflicts: readonly DocumentedProblem[]): Route =>
    route({
      method: 'post',
      path: `/v1/sales/{saleId}/${name}`,
      operationId: `${name}Sale`,
      summary,
      tags,
      policy: 'public',
      params: SaleParams,
      idempotent: true,
      responses: {
        200: { description: 'The sale now', body: SaleSummary, headers: ['ETag', 'Consistency-Token'] },
        404: ['not_found'],
        409: conflicts,
      },
      handler: async ({ params, context }) => reply(await sales[name](params.saleId, context), 200),
    });
  return [
    route({
      method: 'post',
      path: '/v1/sales',
      operationId: 'announceSale',
      summary: 'Announces a sale: general admission with a capacity, or named seats',
      tags,
      policy: 'public',
      body: SaleTermsBody,
      bodyExample: saleExample,
      bodyLimitBytes: 512 * 1024,
      idempotent: true,
      responses: {
        201: {
          description: 'Announced, not yet open',
          body: SaleSummary,
          headers: ['Location', 'ETag', 'Consistency-Token'],
        },
        409: ['show_has_begun'],
      },
      handler: async ({ body, context }) => reply(await announce(sales, body, context), 201),
    }),
    change('open', 'Opens or reopens a sale', ['sale_closed', 'show_has_begun']),
    change('pause', 'Takes no more orders for a while', ['sale_closed']),
    change('close', 'Closes a sale for good; held places can still be paid', ['sale_closed']),
    route({
      method: 'patch',
      path: '/v1/sales/{saleId}',
      operationId: 'changeCapacity',
      summary: 'Changes the capacity, never below what is held and sold',
      tags,
      policy: 'public',
      params: SaleParams,
      body: CapacityBody,
      bodyExample: { capacity: 120 },
      idempotent: false,
      responses: {
        200: { description: 'The sale now', body: SaleSummary, headers: ['ETag', 'Consistency-Token'] },
        404: ['not_found'],
        409: [capacityBelowTaken, 'capacity_is_seats', 'sale_closed'],
        412: ['precondition_failed'],
      },
      handler: async ({ params, body, context, ifMatch }) => {
        const expected = revisionsOf(ifMatch);
        return reply(await sales.changeCapacity(params.saleId, body.capacity, context, expected), 200);
      },
    }),
    route({
      method: 'post',
      path: '/v1/sales/{saleId}/returns',
      operationId: 'returnToSale',
      summary: 'Puts refunded tickets on sale again',
      tags,
      policy: 'public',
      params: SaleParams,
      body: ReturnBody,
      idempotent: true,
      responses: {
        200: { description: 'They are on sale again', headers: ['Consistency-Token'], body: ReturnedTickets },
        404: ['not_found'],
        409: ['not_refunded'],
      },
      handler: async ({ params, body, context }) => {
        const result = await purchases.returnToSale(params.saleId, body.orderId, body.ticketIds, context);
        const { value, written } = unwrap(result);
        return { status: 200, body: value, consistencyToken: readYourWrites.tokenFor(written) };
      },
    }),
  ];
};

const announce = (sales: Sales, body: SaleTermsBody, context: CommandContext): Promise<SaleResult> => {
  const { name, venue, startsAt, capacity, seats, price, perPersonLimit, holdSeconds } = body;
  const { opensAt, closesAt, sellsAfterStart } = body;
  if ((capacity === undefined) === (seats === undefined)) {
    throw invalidField('body', 'capacity', 'either', 'must be given, or seats instead: one of the two');
  }
  if (price.amountMinor * perPersonLimit > maxAmountMinor) {
    const message = `must not make an order of ${perPersonLimit} places dearer than ${maxAmountMinor} minor units`;
    throw invalidField('body', 'price.amountMinor', 'too_large', message);
  }
  if (seats !== undefined && lookAlikes(seats) !== undefined) {
    throw invalidField('body', 'seats', 'look_alike', 'must not have two names that look alike');
  }
  const places = seats === undefined ? { capacity: capacity ?? 0 } : { seats };
  const priced = { amountMinor: price.amountMinor, currency: price.currency };
  const hours = {
    ...(opensAt !== undefined && { opensAt: instantMs(opensAt) }),
    ...(closesAt !== undefined && { closesAt: instantMs(closesAt) }),
  };
  if (hours.closesAt !== undefined && hours.closesAt <= (hours.opensAt ?? 0)) {
    throw invalidField('body', 'closesAt', 'too_early', 'must be later than opensAt');
  }
  const zoned = body.timeZone !== undefined && { timeZone: body.timeZone };
  const shown = { name, venue, startsAt: instantMs(startsAt), ...zoned };
  if (sellsAfterStart !== true && hours.opensAt !== undefined && hours.opensAt >= shown.startsAt) {
    throw invalidField('body', 'opensAt', 'too_late', 'must be earlier than startsAt, unless sellsAfterStart');
  }
  const late = sellsAfterStart === true && { sellsAfterStart };
  const terms = { ...shown, ...places, price: priced, perPersonLimit, holdSeconds, ...hours, ...late };
  return sales.announce(terms, context);
};
