import {
  accept,
  type CommandOf,
  type CommandUnion,
  type DataOf,
  type Decider,
  type Decision,
  refuse,
  type Timed,
} from '../decider.js';
import { type OrderEvent, orderEvents } from './order-events.js';
import {
  evolve,
  isOpen,
  isPaidAndHeld,
  isRefundable,
  isWanted,
  type Order,
  type OrderState,
  type OrderStatus,
  type Payment,
  refundedMinor,
} from './order-state.js';

type OfPayment = Timed & { readonly transactionId: string };

interface Commands {
  Place: DataOf<OrderEvent, 'OrderPlaced'>;
  Extend: Timed & { readonly expiresAt: number };
  StartPayment: OfPayment & { readonly cardToken: string; readonly expiresAt: number };
  RecordAnswer: OfPayment & { readonly answer: PaymentAnswer };
  Abandon: OfPayment;
  ConfirmPlaces: Timed & { readonly ticketIds: readonly string[]; readonly seats?: readonly string[] };
  LosePlaces: OfPayment;
  MarkIssued: Timed;
  Expire: Timed;
  Cancel: Timed;
  /** For named tickets, for an amount, or for all that is left. */
  RequestRefund: Timed & {
    readonly refundId: string;
    readonly amountMinor?: number;
    readonly ticketIds?: readonly string[];
  };
  /** For places of tickets that were paid back. */
  RequestReturn: Timed & { readonly returnId: string; readonly ticketIds: readonly string[] };
  RecordReturn: Timed & { readonly returnId: string };
  RecordRefund: Timed & { readonly refundId: string; readonly refusedWith?: string };
  /** By a human, where the process can't go on by itself. */
  RequestReview: Timed & { readonly reason: string };
  ResolveReview: Timed & { readonly note: string };
}

export type OrderCommand = CommandUnion<Commands>;

/** What became of a payment at the bank, as far as it is known. */
export type PaymentAnswer =
  | { readonly status: 'authorised'; readonly card: DataOf<OrderEvent, 'PaymentAuthorised'>['card'] }
  | ({ readonly status: 'declined' } & NonNullable<Payment['decline']>)
  | {
      readonly status: 'action_required';
      readonly actionUrl: string;
      readonly inquireAt: number;
      readonly giveUpAt: number;
    }
  | { readonly status: 'unknown'; readonly inquireAt: number }
  | { readonly status: 'captured' }
  | { readonly status: 'reversed' };

export type OrderRefusal =
  | { readonly code: 'order_unknown' }
  | { readonly code: 'hold_lapsed' }
  | { readonly code: 'order_cancelled' }
  | { readonly code: 'already_paid' }
  | { readonly code: 'payment_in_progress'; readonly transactionId: string }
  | { readonly code: 'too_many_attempts'; readonly limit: number }
  | { readonly code: 'not_cancellable'; readonly status: OrderStatus }
  | { readonly code: 'not_extendable'; readonly status: OrderStatus }
  | { readonly code: 'not_refundable'; readonly status: OrderStatus }
  | { readonly code: 'refund_exceeds_paid'; readonly leftMinor: number }
  | { readonly code: 'unknown_tickets' | 'not_refunded'; readonly ticketIds: readonly string[] }
  | { readonly code: 'not_waiting_for_this' };

/** Attempts that one order may make: each keeps its places a little longer. */
const attemptsLimit = 10;

type OrderDecision = Decision<OrderEvent, OrderRefusal>;

const decide = (command: OrderCommand, state: OrderState): OrderDecision => {
  if (command.type === 'Place') {
    const { type: _, ...placed } = command;
    return state.status === 'none' ? accept({ type: 'OrderPlaced', data: placed }) : accept();
  }
  if (state.status === 'none') return refuse({ code: 'order_unknown' });
  switch (command.type) {
    case 'Extend':
      return decideExtend(command, state);
    case 'StartPayment':
      return decideStart(command, state);
    case 'RecordAnswer':
      return decideAnswer(command, state);
    case 'Abandon':
      return decideAbandon(command, state);
    case 'ConfirmPlaces':
    case 'LosePlaces':
    case 'MarkIssued':
      return decidePlaces(command, state);
    case 'Expire':
      return state.status === 'awaiting_payment'
        ? accept({ type: 'OrderExpired', data: { expiredAt: command.now } })
        : accept();
    case 'Cancel':
      if (state.status === 'cancelled') return accept();
      if (state.status !== 'awaiting_payment') return refuse({ code: 'not_cancellable', status: state.status });
      return accept({ type: 'OrderCancelled', data: { cancelledAt: command.now } });
    case 'RequestRefund':
      return decideRefund(command, state);
    case 'RecordRefund':
      return decideRefundOutcome(command, state);
    case 'RequestReturn':
      return decideReturn(command, state);
    case 'RecordReturn': {
      const places = state.returns.get(command.returnId);
      if (places?.step !== 'requested') return accept();
      const { returnId, ticketIds } = places;
      return accept({ type: 'TicketsReturned', data: { returnId, ticketIds, returnedAt: command.now } });
    }
    case 'RequestReview':
      if (state.reviewReason !== undefined) return accept();
      return accept({ type: 'HumanNeeded', data: { reason: command.reason, since: command.now } });
    case 'ResolveReview':
      if (state.reviewReason === undefined) return accept();
      return accept({ type: 'HumanDone', data: { note: command.note, doneAt: command.now } });
    default:
      return command satisfies never;
  }
};

const decideExtend = ({ expiresAt, now }: CommandOf<OrderCommand, 'Extend'>, order: Order): OrderDecision => {
  if (order.status !== 'awaiting_payment') return refuse({ code: 'not_extendable', status: order.status });
  if (expiresAt <= order.expiresAt) return accept();
  return accept({ type: 'OrderExtended', data: { expiresAt, extendedAt: now } });
};

const decideStart = (command: CommandOf<OrderCommand, 'StartPayment'>, order: Order): OrderDecision => {
  const { transactionId, cardToken, expiresAt, now } = command;
  if (order.payments.has(transactionId)) return accept();
  if (order.payment !== undefined) {
    const { step } = order.payment;
    return step === 'authorised' || step === 'captured'
      ? refuse({ code: 'already_paid' })
      : refuse({ code: 'payment_in_progress', transactionId: order.payment.transactionId });
  }
  if (order.status === 'expired') return refuse({ code: 'hold_lapsed' });
  if (order.status === 'cancelled') return refuse({ code: 'order_cancelled' });
  if (now >= order.heldUntil) return refuse({ code: 'hold_lapsed' });
  if (order.payments.size >= attemptsLimit) return refuse({ code: 'too_many_attempts', limit: attemptsLimit });
  const amount = order.placed.total;
  return accept({ type: 'PaymentStarted', data: { transactionId, cardToken, amount, startedAt: now, expiresAt } });
};

const decideAnswer = (
  { transactionId, answer, now }: CommandOf<OrderCommand, 'RecordAnswer'>,
  order: Order,
): OrderDecision => {
  const payment = order.payments.get(transactionId);
  if (payment === undefined) return refuse({ code: 'not_waiting_for_this' });
  switch (answer.status) {
    case 'authorised':
      if (!isWanted(payment)) return accept();
      return accept({ type: 'PaymentAuthorised', data: { transactionId, card: answer.card, authorisedAt: now } });
    case 'declined': {
      if (!isOpen(payment)) return accept();
      const { code, networkCode, mayRetry } = answer;
      return accept(
        { type: 'PaymentDeclined', data: { transactionId, code, networkCode, mayRetry, declinedAt: now } },
        ...expiredIfOver(order, now),
      );
    }
    case 'action_required': {
      if (payment.step !== 'started' && payment.step !== 'unknown') return accept();
      const { actionUrl, inquireAt, giveUpAt } = answer;
      return accept({ type: 'PaymentActionRequired', data: { transactionId, actionUrl, inquireAt, giveUpAt } });
    }
    case 'unknown': {
      if (!isOpen(payment) || answer.inquireAt <= payment.inquireAt) return accept();
      const { inquireAt } = answer;
      const { giveUpAt } = payment;
      const inquiries = payment.inquiries + 1;
      return accept({
        type: 'PaymentOutcomeUnknown',
        data: { transactionId, inquiries, inquireAt, giveUpAt, askedAt: now },
      });
    }
    case 'captured':
      if (payment.step !== 'authorised' || order.places !== 'issued') return accept();
      return accept(
        { type: 'PaymentCaptured', data: { transactionId, capturedAt: now } },
        { type: 'OrderFulfilled', data: { fulfilledAt: now } },
      );
    case 'reversed': {
      const isLost = payment.step === 'authorised' && order.places === 'lost';
      if (!isOpen(payment) && !isLost) return accept();
      return accept(
        {
          type: 'PaymentReversed',
          data: { transactionId, reason: isLost ? 'places_lost' : 'outcome_unknown', reversedAt: now },
        },
        ...(isLost ? [{ type: 'OrderExpired' as const, data: { expiredAt: now } }] : expiredIfOver(order, now)),
      );
    }
    default:
      return answer satisfies never;
  }
};

/** From here on only the bank's reversal, or its decline, ends the payment. */
const decideAbandon = ({ transactionId, now }: CommandOf<OrderCommand, 'Abandon'>, order: Order): OrderDecision => {
  const payment = order.payments.get(transactionId);
  if (payment === undefined) return refuse({ code: 'not_waiting_for_this' });
  if (!isWanted(payment)) return accept();
  return accept({ type: 'PaymentAbandoned', data: { transactionId, abandonedAt: now } });
};

const expiredIfOver = (order: Order, now: number): readonly OrderEvent[] =>
  now >= order.expiresAt ? [{ type: 'OrderExpired', data: { expiredAt: now } }] : [];

const decidePlaces = (
  command: CommandOf<OrderCommand, 'ConfirmPlaces' | 'LosePlaces' | 'MarkIssued'>,
  order: Order,
): OrderDecision => {
  const { now } = command;
  if (command.type === 'MarkIssued') {
    if (order.places === 'issued') return accept();
    if (order.places !== 'confirmed') return refuse({ code: 'not_waiting_for_this' });
    return accept({ type: 'TicketsIssued', data: { ticketIds: order.ticketIds, issuedAt: now } });
  }
  if (command.type === 'ConfirmPlaces' && (order.places === 'confirmed' || order.places === 'issued')) return accept();
  if (command.type === 'LosePlaces' && order.places === 'lost') return accept();
  if (!isPaidAndHeld(order)) return refuse({ code: 'not_waiting_for_this' });
  if (command.type === 'LosePlaces') {
    if (command.transactionId !== order.payment?.transactionId) return refuse({ code: 'not_waiting_for_this' });
    return accept({ type: 'PlacesLost', data: { transactionId: command.transactionId, lostAt: now } });
  }
  const { ticketIds, seats } = command;
  return accept({ type: 'PlacesConfirmed', data: { ticketIds, ...(seats && { seats }), confirmedAt: now } });
};

/** What one ticket's part of the total is in minor units; all parts add up to it. */
const partMinor = ({ placed, ticketIds }: Order, ticketId: string): number => {
  const { amountMinor } = placed.total;
  const remainderMinor = amountMinor % placed.quantity;
  return (amountMinor - remainderMinor) / placed.quantity + (ticketIds.indexOf(ticketId) < remainderMinor ? 1 : 0);
};

const decideRefund = (command: CommandOf<OrderCommand, 'RequestRefund'>, order: Order): OrderDecision => {
  const { refundId, now } = command;
  if (command.amountMinor !== undefined && !(Number.isSafeInteger(command.amountMinor) && command.amountMinor >= 0)) {
    throw new RangeError(`${command.amountMinor} is not an amount of minor units`);
  }
  if (order.refunds.has(refundId)) return accept();
  if (!isRefundable(order)) return refuse({ code: 'not_refundable', status: order.status });
  const given = new Set<string>();
  for (const { step, ticketIds } of order.refunds.values()) {
    if (step !== 'refused') for (const ticketId of ticketIds) given.add(ticketId);
  }
  const { total } = order.placed;
  const leftMinor = total.amountMinor - refundedMinor(order);
  const isWhole = command.ticketIds === undefined && command.amountMinor === undefined;
  const left = order.ticketIds.filter((ticketId) => !given.has(ticketId));
  const ticketIds = isWhole ? left : [...new Set(command.ticketIds)];
  const unknown = ticketIds.filter((ticketId) => !left.includes(ticketId));
  if (unknown.length > 0) return refuse({ code: 'unknown_tickets', ticketIds: unknown });
  const partsMinor = ticketIds.reduce((sum, ticketId) => sum + partMinor(order, ticketId), 0);
  const amountMinor = isWhole ? leftMinor : (command.amountMinor ?? partsMinor);
  if (amountMinor > leftMinor || (amountMinor === 0 && ticketIds.length === 0)) {
    return refuse({ code: 'refund_exceeds_paid', leftMinor });
  }
  const amount = { amountMinor, currency: total.currency };
  return accept({ type: 'RefundRequested', data: { refundId, amount, ticketIds, requestedAt: now } });
};

const decideRefundOutcome = (
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

const decideReturn = (
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

/** A buyer's purchase; its stream is `order-<id>`. */
export const order: Decider<OrderState, OrderCommand, OrderEvent, OrderRefusal> = {
  category: 'order',
  events: orderEvents,
  initialState: () => ({ status: 'none' }),
  evolve,
  decide,
  startsStream: ({ type }) => type === 'Place',
};
