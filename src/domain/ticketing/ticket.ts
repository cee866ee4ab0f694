import { accept, type CommandOf, type Decider, refuse } from '../decider.js';
import type { TicketCommand, TicketDecision, TicketRefusal } from './ticket-commands.js';
import { type TicketEvent, ticketEvents } from './ticket-events.js';
import { evolve, type Ticket, type TicketState } from './ticket-state.js';

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
    case 'Reinstate': {
      const { refundId, now } = command;
      if (state.status !== 'cancelled' || state.refundId !== refundId) return accept();
      return accept({ type: 'TicketReinstated', data: { refundId, status: state.beforeCancelled, reinstatedAt: now } });
    }
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

const decideScan = (command: CommandOf<TicketCommand, 'CheckIn' | 'CheckOut'>, ticket: Ticket): TicketDecision => {
  const { nonce, gateId, now } = command;
  // Who shows a code that was passed on is told nothing else of the ticket.
  if (command.generation !== undefined && command.generation !== ticket.generation) {
    return refuse({ code: 'secret_revoked' });
  }
  const { saleId } = ticket.issued;
  if (!command.saleIds.includes(saleId)) return refuse({ code: 'other_show', saleId });
  const refusal = unusable(ticket);
  if (refusal !== undefined) return refuse(refusal);
  if (ticket.nonces.has(nonce)) return accept();
  if (command.type === 'CheckOut') {
    if (ticket.status !== 'inside') return refuse({ code: 'not_inside' });
    return accept({ type: 'TicketCheckedOut', data: { nonce, gateId, checkedOutAt: now } });
  }
  if (ticket.status === 'inside') return refuse({ code: 'already_inside' });
  return accept({ type: 'TicketCheckedIn', data: { nonce, gateId, checkedInAt: now } });
};

const decideTransfer = ({ to, now }: CommandOf<TicketCommand, 'Transfer'>, ticket: Ticket): TicketDecision => {
  const refusal = unusable(ticket);
  if (refusal !== undefined) return refuse(refusal);
  if (ticket.holder.email === to.email && ticket.holder.name === to.name) return accept();
  if (ticket.status === 'inside') return refuse({ code: 'already_inside' });
  return accept({ type: 'TicketTransferred', data: { to, generation: ticket.generation + 1, transferredAt: now } });
};

const decideBlock = (
  command: CommandOf<TicketCommand, 'Block' | 'Unblock' | 'Revoke'>,
  ticket: Ticket,
): TicketDecision => {
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
 * Why a ticket can't be given back: only one that was never used can, also while it is blocked, or cancelled for a refund
 * that came to nothing.
 */
const notReturnable = (ticket: Ticket): TicketRefusal | undefined => {
  const refusal = ticket.status === 'cancelled' ? undefined : unusable(ticket);
  if (refusal !== undefined && refusal.code !== 'ticket_blocked') return refusal;
  return ticket.wasInside ? { code: 'already_inside' } : undefined;
};

/** Whether money may be given back for the ticket. */
export const isReturnable = (state: TicketState): boolean =>
  state.status !== 'none' && notReturnable(state) === undefined;

/** A refund that has failed once has lost the ticket. */
const decideCancel = ({ refundId, now }: CommandOf<TicketCommand, 'Cancel'>, ticket: Ticket): TicketDecision => {
  if (ticket.refundId === refundId) return accept();
  if (ticket.failedRefundIds.has(refundId)) return refuse({ code: 'ticket_cancelled' });
  const refusal = notReturnable(ticket);
  if (refusal !== undefined) return refuse(refusal);
  return accept({ type: 'TicketCancelled', data: { refundId, cancelledAt: now } });
};

/** One admission; its stream is `ticket-<id>` and starts when it is issued. */
export const ticket: Decider<TicketState, TicketCommand, TicketEvent, TicketRefusal> = {
  category: 'ticket',
  events: ticketEvents,
  initialState: () => ({ status: 'none' }),
  evolve,
  decide,
  startsStream: ({ type }) => type === 'Issue',
};
