import { type Aggregate, accept, type Decision, refuse } from '../decider.js';
import { type TicketEvent, ticketEvents } from './ticket-events.js';

type DataOf<Type extends TicketEvent['type']> = Extract<TicketEvent, { type: Type }>['data'];

export interface Ticket {
  status: 'issued' | 'inside' | 'blocked' | 'revoked' | 'cancelled' | 'refunded' | 'returned';
  readonly issued: DataOf<'TicketIssued'>;
  holder: DataOf<'TicketIssued'>['holder'];
  /** Of the secret that holds now; 1 at first. */
  generation: number;
  /** Let in at least once. */
  wasInside: boolean;
  /** Hashes of the last scans, oldest first. */
  readonly nonces: Set<string>;
  /** The refund that the ticket was cancelled for. */
  refundId: string | undefined;
  /** Refunds that failed after they had cancelled the ticket, before another took it over. */
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
  TicketRefunded: ['cancelled'],
  TicketReturned: ['refunded'],
};

const evolve = (state: TicketState, event: TicketEvent): TicketState => {
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
      state.refundId = event.data.refundId;
      return moved(state, 'cancelled');
    case 'TicketRefunded':
      return moved(state, 'refunded');
    case 'TicketReturned':
      return moved(state, 'returned');
    default:
      return event satisfies never;
  }
};

const issued = (data: DataOf<'TicketIssued'>): Ticket => ({
  status: 'issued',
  issued: data,
  holder: data.holder,
  generation: 1,
  wasInside: false,
  nonces: new Set(),
  refundId: undefined,
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

type Asked = { readonly now: number };

interface Commands {
  Issue: DataOf<'TicketIssued'>;
  /** `generation` is that of the secret shown; left out when the ticket was looked up by hand. */
  CheckIn: Asked & { readonly nonce: string; readonly generation?: number };
  CheckOut: Asked & { readonly nonce: string };
  Transfer: Asked & { readonly to: Ticket['holder'] };
  Block: Asked & { readonly reason: string };
  Unblock: Asked;
  Revoke: Asked & { readonly reason: string };
  Cancel: Asked & { readonly refundId: string };
  MarkRefunded: Asked & { readonly refundId: string };
  MarkReturned: Asked;
}

export type TicketCommand = { [Type in keyof Commands]: { readonly type: Type } & Commands[Type] }[keyof Commands];

export type TicketRefusal = {
  readonly code:
    | 'ticket_unknown'
    | 'ticket_blocked'
    | 'ticket_revoked'
    | 'ticket_cancelled'
    | 'secret_revoked'
    | 'already_inside'
    | 'not_inside'
    | 'not_refunded';
};

type TicketDecision = Decision<TicketEvent, TicketRefusal>;
type Of<Type extends TicketCommand['type']> = Extract<TicketCommand, { type: Type }>;

/** Why a ticket can't be used, if it can't. */
const unusable = (ticket: Ticket): TicketRefusal | undefined => {
  switch (ticket.status) {
    case 'blocked':
      return { code: 'ticket_blocked' };
    case 'revoked':
      return { code: 'ticket_revoked' };
    case 'cancelled':
    case 'refunded':
    case 'returned':
      return { code: 'ticket_cancelled' };
    case 'issued':
    case 'inside':
      return undefined;
    default:
      return ticket.status satisfies never;
  }
};

const decide = (command: TicketCommand, state: TicketState): TicketDecision => {
  if (command.type === 'Issue') {
    const { type: _, ...data } = command;
    return state.status === 'none' ? accept({ type: 'TicketIssued', data }) : accept();
  }
  if (state.status === 'none') return refuse({ code: 'ticket_unknown' });
  switch (command.type) {
    case 'CheckIn':
    case 'CheckOut':
      return decideScan(command, state);
    case 'Transfer':
      return decideTransfer(command, state);
    case 'Block':
    case 'Unblock':
    case 'Revoke':
      return decideBlock(command, state);
    case 'Cancel':
      return decideCancel(command, state);
    case 'MarkRefunded':
      if (state.status === 'refunded' || state.status === 'returned') return accept();
      if (state.status !== 'cancelled' || state.refundId !== command.refundId) return refuse({ code: 'not_refunded' });
      return accept({ type: 'TicketRefunded', data: { refundId: command.refundId, refundedAt: command.now } });
    case 'MarkReturned':
      if (state.status === 'returned') return accept();
      if (state.status !== 'refunded') return refuse({ code: 'not_refunded' });
      return accept({ type: 'TicketReturned', data: { returnedAt: command.now } });
    default:
      return command satisfies never;
  }
};

const decideScan = (command: Of<'CheckIn' | 'CheckOut'>, ticket: Ticket): TicketDecision => {
  const { nonce, now } = command;
  const refusal = unusable(ticket);
  if (refusal !== undefined) return refuse(refusal);
  if (ticket.nonces.has(nonce)) return accept();
  if (command.type === 'CheckOut') {
    if (ticket.status !== 'inside') return refuse({ code: 'not_inside' });
    return accept({ type: 'TicketCheckedOut', data: { nonce, checkedOutAt: now } });
  }
  if (command.generation !== undefined && command.generation !== ticket.generation) {
    return refuse({ code: 'secret_revoked' });
  }
  if (ticket.status === 'inside') return refuse({ code: 'already_inside' });
  return accept({ type: 'TicketCheckedIn', data: { nonce, checkedInAt: now } });
};

const decideTransfer = ({ to, now }: Of<'Transfer'>, ticket: Ticket): TicketDecision => {
  const refusal = unusable(ticket);
  if (refusal !== undefined) return refuse(refusal);
  if (ticket.holder.email === to.email && ticket.holder.name === to.name) return accept();
  if (ticket.status === 'inside') return refuse({ code: 'already_inside' });
  return accept({ type: 'TicketTransferred', data: { to, generation: ticket.generation + 1, transferredAt: now } });
};

const decideBlock = (command: Of<'Block' | 'Unblock' | 'Revoke'>, ticket: Ticket): TicketDecision => {
  const { now } = command;
  if (command.type === 'Unblock' && ticket.status !== 'blocked') {
    const refusal = unusable(ticket);
    return refusal === undefined ? accept() : refuse(refusal);
  }
  if (command.type === 'Unblock') return accept({ type: 'TicketUnblocked', data: { unblockedAt: now } });
  const already = command.type === 'Block' ? 'blocked' : 'revoked';
  if (ticket.status === already) return accept();
  const refusal = unusable(ticket);
  if (refusal !== undefined && refusal.code !== 'ticket_blocked') return refuse(refusal);
  // Its holder is let out first: a block that ends would else let the same ticket in twice.
  if (ticket.status === 'inside') return refuse({ code: 'already_inside' });
  const { reason } = command;
  return command.type === 'Block'
    ? accept({ type: 'TicketBlocked', data: { reason, blockedAt: now } })
    : accept({ type: 'TicketRevoked', data: { reason, revokedAt: now } });
};

/**
 * Only a ticket that was never used can be given back; one that is blocked can. One that a failed refund left cancelled
 * can be given back by another, and the failed one has lost it.
 */
const decideCancel = ({ refundId, now }: Of<'Cancel'>, ticket: Ticket): TicketDecision => {
  if (ticket.refundId === refundId) return accept();
  if (ticket.failedRefundIds.has(refundId)) return refuse({ code: 'ticket_cancelled' });
  const refusal = ticket.status === 'cancelled' ? undefined : unusable(ticket);
  if (refusal !== undefined && refusal.code !== 'ticket_blocked') return refuse(refusal);
  if (ticket.wasInside) return refuse({ code: 'already_inside' });
  return accept({ type: 'TicketCancelled', data: { refundId, cancelledAt: now } });
};

/** One admission; its stream is `ticket-<id>` and begins when it is issued. */
export const ticket: Aggregate<TicketState, TicketCommand, TicketEvent, TicketRefusal> = {
  category: 'ticket',
  events: ticketEvents,
  initialState: () => ({ status: 'none' }),
  evolve,
  decide,
  begins: ({ type }) => type === 'Issue',
};
