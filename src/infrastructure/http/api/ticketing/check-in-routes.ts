import type { Tickets } from '../../../../application/ticketing/tickets.js';
import { type Reply, type Route, type RouteRequest, route } from '../../frame/route.js';
import { toJson } from '../json.js';
import type { ReadYourWrites } from '../read-your-writes.js';
import { unwrap } from '../refusals.js';
import { otherShow } from './problems.js';
import { ManualScanBody, ScanBody, TicketParams } from './ticket-fields.js';
import { Admission } from './ticket-replies.js';

export interface CheckInRouteParts {
  readonly tickets: Tickets;
  readonly readYourWrites: ReadYourWrites;
}

const example = {
  gateId: 'gate-3',
  saleIds: ['3f0c1c1e-6a38-4d0b-9a53-0a4d5b0c9d11'],
  nonce: '000118',
};

const refusals = [
  'already_inside',
  'not_inside',
  otherShow,
  'secret_revoked',
  'ticket_blocked',
  'ticket_revoked',
  'ticket_cancelled',
];

type ScanRequest = RouteRequest<TicketParams, object, ManualScanBody & Partial<ScanBody>>;

const scanning =
  ({ tickets, readYourWrites }: CheckInRouteParts) =>
  async ({ params, body, context }: ScanRequest): Promise<Reply> => {
    const { gateId, saleIds, nonce, secret, direction = 'in' } = body;
    const scan = { direction, gateId, saleIds, nonce, ...(secret !== undefined && { secret }) };
    const { value, written } = unwrap(await tickets.scan(params.ticketId, scan, context));
    return {
      status: 201,
      body: toJson(value),
      etag: value.revision,
      consistencyToken: readYourWrites.tokenFor(written),
    };
  };

const shared = {
  method: 'post',
  tags: ['tickets'],
  params: TicketParams,
  idempotent: true,
} as const;

const admitted = {
  description: 'Checked in (or out)',
  body: Admission,
  headers: ['ETag', 'Consistency-Token'],
} as const;

/** For gates: a ticket passes by its secret. */
export const checkInRoutes = (parts: CheckInRouteParts): readonly Route[] => [
  route({
    ...shared,
    path: '/v1/tickets/{ticketId}/check-ins',
    operationId: 'checkIn',
    summary:
      'Lets a ticket of one of the sales in (or out): the nonce names the scan at this gate, which may be sent again',
    policy: 'public',
    body: ScanBody,
    bodyExample: { ...example, secret: '1.c2VjcmV0LW9mLXRoZS10aWNrZXQ' },
    responses: { 201: admitted, 404: ['not_found'], 409: [...refusals, 'secret_unknown'] },
    handler: scanning(parts),
  }),
];

/** For operators: a ticket whose code can't be read passes without its secret. */
export const manualCheckInRoutes = (parts: CheckInRouteParts): readonly Route[] => [
  route({
    ...shared,
    path: '/v1/tickets/{ticketId}/manual-check-ins',
    operationId: 'checkInByHand',
    summary: 'Lets a ticket in (or out) that was looked up by hand, without its secret',
    policy: 'operator',
    body: ManualScanBody,
    bodyExample: example,
    responses: { 201: admitted, 404: ['not_found'], 409: refusals.filter((one) => one !== 'secret_revoked') },
    handler: scanning(parts),
  }),
];
