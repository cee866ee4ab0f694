import type { TicketResult, Tickets } from '../../../../application/ticketing/tickets.js';
import { type Reply, type Route, route } from '../../frame/route.js';
import type { ReadYourWrites } from '../read-your-writes.js';
import { unwrap } from '../refusals.js';
import { ScanBody, TicketParams, TransferBody } from './ticket-fields.js';
import { TicketSummary } from './ticket-replies.js';

export interface TicketRouteParts {
  readonly tickets: Tickets;
  readonly readYourWrites: ReadYourWrites;
}

const tags = ['tickets'];

/** What happens to a ticket after it was sold. */
export const ticketRoutes = ({ tickets, readYourWrites }: TicketRouteParts): readonly Route[] => {
  const reply = (result: TicketResult): Reply => {
    const { value, written } = unwrap(result);
    return { status: 201, body: value, etag: value.revision, consistencyToken: readYourWrites.tokenFor(written) };
  };
  return [
    route({
      method: 'post',
      path: '/v1/tickets/{ticketId}/check-ins',
      operationId: 'checkIn',
      summary: 'Lets a ticket in (or out): the nonce names the scan, and the same scan may be sent again',
      tags,
      policy: 'public',
      params: TicketParams,
      body: ScanBody,
      bodyExample: { nonce: 'gate-3-000118', secret: '1.c2VjcmV0LW9mLXRoZS10aWNrZXQ' },
      idempotent: true,
      responses: {
        201: { description: 'Let in', body: TicketSummary, headers: ['ETag', 'Consistency-Token'] },
        404: ['not_found'],
        409: [
          'already_inside',
          'not_inside',
          'secret_unknown',
          'secret_revoked',
          'ticket_blocked',
          'ticket_revoked',
          'ticket_cancelled',
        ],
      },
      handler: async ({ params, body, context }) => {
        const scan = { nonce: body.nonce, ...(body.secret !== undefined && { secret: body.secret }) };
        const isOut = body.direction === 'out';
        return reply(await tickets[isOut ? 'checkOut' : 'checkIn'](params.ticketId, scan, context));
      },
    }),
    route({
      method: 'post',
      path: '/v1/tickets/{ticketId}/transfers',
      operationId: 'transferTicket',
      summary: 'Passes a ticket on: it gets a new secret, and the old one is revoked',
      tags,
      policy: 'public',
      params: TicketParams,
      body: TransferBody,
      idempotent: true,
      responses: {
        201: { description: 'Passed on', body: TicketSummary, headers: ['ETag', 'Consistency-Token'] },
        404: ['not_found'],
        409: ['already_inside', 'ticket_blocked', 'ticket_revoked', 'ticket_cancelled'],
      },
      handler: async ({ params, body, context }) => {
        const to = { email: body.to.email, name: body.to.name };
        return reply(await tickets.transfer(params.ticketId, to, context));
      },
    }),
  ];
};
