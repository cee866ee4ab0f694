import { accept, type CommandOf, refuse } from '../decider.js';
import type { OrderCommand, OrderDecision } from './order-commands.js';
import { isRefundable, type Order } from './order-state.js';

/** What one ticket's part of the total is in minor units; all parts add up to it. */
const partMinor = ({ placed, ticketIds }: Order, ticketId: string): number => {
  const { amountMinor } = placed.total;
  const remainderMinor = amountMinor % placed.quantity;
  return (amountMinor - remainderMinor) / placed.quantity + (ticketIds.indexOf(ticketId) < remainderMinor ? 1 : 0);
};

/** Minor units that were given back or are on their way. */
export const refundedMinor = ({ refunds }: Order): number => {
  let sum = 0;
  for (const { step, amount } of refunds.values()) if (step !== 'refused') sum += amount.amountMinor;
  return sum;
};

/** Tickets that no refund has taken or is about to take. */
const ticketsLeft = ({ refunds, ticketIds }: Order): readonly string[] => {
  const given = ticketIdsOf([...refunds.values()].filter(({ step }) => step !== 'refused'));
  return ticketIds.filter((ticketId) => !given.has(ticketId));
};

export const decideRefund = (command: CommandOf<OrderCommand, 'RequestRefund'>, order: Order): OrderDecision => {
  const { refundId, now } = command;
  if (command.amountMinor !== undefined && !(Number.isSafeInteger(command.amountMinor) && command.amountMinor >= 0)) {
    throw new RangeError(`${command.amountMinor} is not an amount of minor units`);
  }
  if (order.refunds.has(refundId)) return accept();
  if (!isRefundable(order)) return refuse({ code: 'not_refundable', status: order.status });
  const { total } = order.placed;
  const leftMinor = total.amountMinor - refundedMinor(order);
  const left = ticketsLeft(order);
  const unknown = (command.ticketIds ?? []).filter((ticketId) => !left.includes(ticketId));
  if (unknown.length > 0) return refuse({ code: 'unknown_tickets', ticketIds: unknown });
  const isWhole = command.ticketIds === undefined && command.amountMinor === undefined;
  const named = [...new Set(command.ticketIds)];
  // Of the money of named tickets a part may have gone back before, without them.
  const partsMinor = named.reduce((sum, ticketId) => sum + partMinor(order, ticketId), 0);
  const amountMinor = isWhole ? leftMinor : (command.amountMinor ?? Math.min(partsMinor, leftMinor));
  if (amountMinor > leftMinor) return refuse({ code: 'refund_exceeds_paid', leftMinor });
  const isLast = isWhole || (leftMinor > 0 && amountMinor === leftMinor);
  const ticketIds = isLast && command.keepsTickets !== true ? left : named;
  if (amountMinor === 0 && ticketIds.length === 0) {
    return refuse(
      order.status === 'refunded'
        ? { code: 'not_refundable', status: order.status }
        : { code: 'refund_exceeds_paid', leftMinor },
    );
  }
  const amount = { amountMinor, currency: total.currency };
  return accept({ type: 'RefundRequested', data: { refundId, amount, ticketIds, requestedAt: now } });
};

export const decideRefundOutcome = (
  { refundId, refusedWith, now }: CommandOf<OrderCommand, 'RecordRefund'>,
  order: Order,
): OrderDecision => {
  const refund = order.refunds.get(refundId);
  if (refund === undefined) return refuse({ code: 'not_waiting_for_this' });
  if (refund.step !== 'requested') return accept();
  return refusedWith === undefined
    ? accept({ type: 'RefundPaid', data: { refundId, paidAt: now } })
    : accept({ type: 'RefundRefused', data: { refundId, code: refusedWith, refusedAt: now } });
};

export const decideReturn = (
  { returnId, ticketIds, now }: CommandOf<OrderCommand, 'RequestReturn'>,
  order: Order,
): OrderDecision => {
  if (order.returns.has(returnId)) return accept();
  const unknown = ticketIds.filter((ticketId) => !order.ticketIds.includes(ticketId));
  if (unknown.length > 0) return refuse({ code: 'unknown_tickets', ticketIds: unknown });
  const paidBack = ticketIdsOf(order.refunds.values(), 'paid');
  const notRefunded = ticketIds.filter((ticketId) => !paidBack.has(ticketId));
  if (notRefunded.length > 0) return refuse({ code: 'not_refunded', ticketIds: notRefunded });
  const returned = ticketIdsOf(order.returns.values());
  const left = [...new Set(ticketIds)].filter((ticketId) => !returned.has(ticketId));
  if (left.length === 0) return accept();
  return accept({ type: 'ReturnRequested', data: { returnId, ticketIds: left, requestedAt: now } });
};

const ticketIdsOf = (
  parts: Iterable<{ readonly step: string; readonly ticketIds: readonly string[] }>,
  step?: string,
): ReadonlySet<string> => {
  const found = new Set<string>();
  for (const part of parts) {
    if (step === undefined || part.step === step) for (const ticketId of part.ticketIds) found.add(ticketId);
  }
  return found;
};
