import type { TicketEvent, ticketEvents } from '../../domain/ticketing/ticket-events.js';
import type { Change, Fact, HandlersOf, Projection } from '../projection.js';

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

const change = (fact: Fact, values: Readonly<Partial<TicketDocument>>): readonly Change[] => [
  {
    collection: 'tickets',
    id: fact.stream.slice('ticket-'.length),
    $set: { ...values, revision: fact.revision.toString() },
  },
];

const handlers: Required<HandlersOf<typeof ticketEvents>> = {
  TicketIssued: (fact) =>
    change(fact, {
      ...fact.data,
      seat: fact.data.seat ?? null,
      status: 'issued',
      generation: 1,
      checkedInAt: null,
      checkedOutAt: null,
      reason: null,
      refundId: null,
    }),
  TicketCheckedIn: (fact) => change(fact, { status: 'inside', checkedInAt: fact.data.checkedInAt }),
  TicketCheckedOut: (fact) => change(fact, { status: 'issued', checkedOutAt: fact.data.checkedOutAt }),
  TicketTransferred: (fact) => change(fact, { holder: fact.data.to, generation: fact.data.generation }),
  TicketBlocked: (fact) => change(fact, { status: 'blocked', reason: fact.data.reason }),
  TicketUnblocked: (fact) => change(fact, { status: 'issued', reason: null }),
  TicketRevoked: (fact) => change(fact, { status: 'revoked', reason: fact.data.reason }),
  TicketCancelled: (fact) => change(fact, { status: 'cancelled', refundId: fact.data.refundId }),
  TicketRefunded: (fact) => change(fact, { status: 'refunded', refundId: fact.data.refundId }),
  TicketReturned: (fact) => change(fact, { status: 'returned' }),
};

/** One document for each ticket, by ticket id. */
export const tickets: Projection = {
  name: 'tickets',
  version: 1,
  collections: { tickets: { indexes: [['orderId'], ['saleId']] } },
  handlers,
};
