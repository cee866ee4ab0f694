import type { TicketEvent, ticketEvents } from '../../domain/ticketing/ticket-events.js';
import type { Change, DecodedEvent, HandlersOf, Projection } from '../projection.js';

export interface TicketDocument {
  readonly ticketId: string;
  readonly saleId: string;
  readonly orderId: string;
  readonly seat: string | null;
  readonly holder: Extract<TicketEvent, { type: 'TicketIssued' }>['data']['holder'];
  readonly status: 'issued' | 'inside' | 'blocked' | 'revoked' | 'cancelled' | 'refunded' | 'returned';
  /** Secrets of lower generations are revoked. */
  readonly generation: number;
  readonly issuedAt: number;
  readonly checkedInAt: number | null;
  readonly checkedOutAt: number | null;
  readonly reason: string | null;
  readonly refundId: string | null;
  readonly revision: string;
}

const change = (event: DecodedEvent, values: Readonly<Partial<TicketDocument>>): readonly Change[] => [
  {
    collection: 'tickets',
    id: event.stream.slice('ticket-'.length),
    $set: { ...values, revision: event.revision.toString() },
  },
];

const handlers: Required<HandlersOf<typeof ticketEvents>> = {
  TicketIssued: (event) =>
    change(event, {
      ...event.data,
      seat: event.data.seat ?? null,
      status: 'issued',
      generation: 1,
      checkedInAt: null,
      checkedOutAt: null,
      reason: null,
      refundId: null,
    }),
  TicketCheckedIn: (event) => change(event, { status: 'inside', checkedInAt: event.data.checkedInAt }),
  TicketCheckedOut: (event) => change(event, { status: 'issued', checkedOutAt: event.data.checkedOutAt }),
  TicketTransferred: (event) => change(event, { holder: event.data.to, generation: event.data.generation }),
  TicketBlocked: (event) => change(event, { status: 'blocked', reason: event.data.reason }),
  TicketUnblocked: (event) => change(event, { status: 'issued', reason: null }),
  TicketRevoked: (event) => change(event, { status: 'revoked', reason: event.data.reason }),
  TicketCancelled: (event) => change(event, { status: 'cancelled', refundId: event.data.refundId }),
  TicketReinstated: (event) => change(event, { status: event.data.status, refundId: null }),
  TicketRefunded: (event) => change(event, { status: 'refunded', refundId: event.data.refundId }),
  TicketReturned: (event) => change(event, { status: 'returned' }),
};

/** One document for each ticket, by ticket id. */
export const tickets: Projection = {
  name: 'tickets',
  version: 1,
  collections: { tickets: { indexes: [['orderId'], ['saleId']] } },
  handlers,
};
