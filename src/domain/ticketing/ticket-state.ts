import type { DataOf } from '../decider.js';
import type { TicketEvent } from './ticket-events.js';

export interface Ticket {
  status: 'issued' | 'inside' | 'blocked' | 'revoked' | 'cancelled' | 'refunded' | 'returned';
  readonly issued: DataOf<TicketEvent, 'TicketIssued'>;
  holder: DataOf<TicketEvent, 'TicketIssued'>['holder'];
  /** Of the secret that holds now; 1 at first. */
  generation: number;
  /** Let in at least once. */
  wasInside: boolean;
  /** Hashes of the last scans, oldest first. */
  readonly nonces: Set<string>;
  /** The refund that the ticket was cancelled for. */
  refundId: string | undefined;
  /** What it was before it was cancelled. */
  beforeCancelled: 'issued' | 'blocked';
  /** Refunds that failed after they had cancelled the ticket. */
  readonly failedRefundIds: Set<string>;
}

export type TicketState = { readonly status: 'none' } | Ticket;

/** Scans that a ticket remembers: a scanner repeats at once or never. */
const rememberedScans = 100;

/** In which states an event can have happened. */
const happensIn: Readonly<Record<Exclude<TicketEvent['type'], 'TicketIssued'>, readonly Ticket['status'][]>> = {
  TicketCheckedIn: ['issued'],
  TicketCheckedOut: ['inside'],
  TicketTransferred: ['issued'],
  TicketBlocked: ['issued'],
  TicketUnblocked: ['blocked'],
  TicketRevoked: ['issued', 'blocked'],
  TicketCancelled: ['issued', 'blocked', 'cancelled'],
  TicketReinstated: ['cancelled'],
  TicketRefunded: ['cancelled'],
  TicketReturned: ['refunded'],
};

export const evolve = (state: TicketState, event: TicketEvent): TicketState => {
  if (event.type === 'TicketIssued') return state.status === 'none' ? issued(event.data) : state;
  if (state.status === 'none' || !happensIn[event.type].includes(state.status)) return state;
  switch (event.type) {
    case 'TicketCheckedIn':
      state.wasInside = true;
      return scanned(state, event.data.nonce, 'inside');
    case 'TicketCheckedOut':
      return scanned(state, event.data.nonce, 'issued');
    case 'TicketTransferred':
      state.holder = event.data.to;
      state.generation = event.data.generation;
      return state;
    case 'TicketBlocked':
      return moved(state, 'blocked');
    case 'TicketUnblocked':
      return moved(state, 'issued');
    case 'TicketRevoked':
      return moved(state, 'revoked');
    case 'TicketCancelled':
      if (state.refundId !== undefined) state.failedRefundIds.add(state.refundId);
      if (state.status === 'issued' || state.status === 'blocked') state.beforeCancelled = state.status;
      state.refundId = event.data.refundId;
      return moved(state, 'cancelled');
    case 'TicketReinstated':
      state.failedRefundIds.add(event.data.refundId);
      state.refundId = undefined;
      return moved(state, event.data.status);
    case 'TicketRefunded':
      return moved(state, 'refunded');
    case 'TicketReturned':
      return moved(state, 'returned');
    default:
      return event satisfies never;
  }
};

const issued = (data: DataOf<TicketEvent, 'TicketIssued'>): Ticket => ({
  status: 'issued',
  issued: data,
  holder: data.holder,
  generation: 1,
  wasInside: false,
  nonces: new Set(),
  refundId: undefined,
  beforeCancelled: 'issued',
  failedRefundIds: new Set(),
});

const moved = (ticket: Ticket, status: Ticket['status']): Ticket => {
  ticket.status = status;
  return ticket;
};

const scanned = (ticket: Ticket, nonce: string, status: 'inside' | 'issued'): Ticket => {
  ticket.nonces.add(nonce);
  const [oldest] = ticket.nonces;
  if (ticket.nonces.size > rememberedScans && oldest !== undefined) ticket.nonces.delete(oldest);
  return moved(ticket, status);
};

/** A ticket as readers may see it. */
export const ticketOf = (state: TicketState) => {
  if (state.status === 'none') return undefined;
  const { saleId, orderId, seat } = state.issued;
  const { status, generation, holder, wasInside, refundId } = state;
  return {
    status,
    generation,
    holder,
    saleId,
    orderId,
    wasInside,
    ...(seat !== undefined && { seat }),
    ...(refundId !== undefined && { refundId }),
  };
};
