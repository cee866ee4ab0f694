import type { TicketResult, Tickets } from '../../../../application/ticketing/tickets.js';
import { type Reply, type Route, route } from '../../frame/route.js';
import type { ReadYourWrites } from '../read-your-writes.js';
import { unwrap } from '../refusals.js';
import { TicketParams, TransferBody } from './ticket-fields.js';
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
