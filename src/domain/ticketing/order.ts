import { accept, type CommandOf, type Decider, refuse } from '../decider.js';
import type { OrderCommand, OrderDecision, OrderRefusal } from './order-commands.js';
import { type OrderEvent, orderEvents } from './order-events.js';
import { decideRefund, decideRefundOutcome, decideReturn } from './order-refunds.js';
import {
  canExpire,
  evolve,
  isConfirmable,
  isFree,
  isOpen,
  isPaidAndHeld,
  isWanted,
  type Order,
  type OrderState,
} from './order-state.js';

/** Attempts that one order may make: each asks the bank. */
const attemptsLimit = 10;

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
    case 'GiveUpPayment':
      return decideGiveUp(command, state);
    case 'ConfirmPlaces':
    case 'LosePlaces':
    case 'MarkIssued':
      return decidePlaces(command, state);
    case 'Expire':
      return canExpire(state) ? accept({ type: 'OrderExpired', data: { expiredAt: command.now } }) : accept();
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
      return accept({ type: 'HumanDone', data: { note: command.note, by: command.by, doneAt: command.now } });
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
  if (isFree(order)) return refuse({ code: 'nothing_to_pay' });
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
      return accept({
        type: 'PaymentDeclined',
        data: { transactionId, code, networkCode, mayRetry, declinedAt: now },
      });
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
        ...(isLost ? [{ type: 'OrderExpired' as const, data: { expiredAt: now } }] : []),
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

/** A payment that has reached the bank, and whose outcome isn't known, may be charged yet: only a confirmation is left out. */
const decideGiveUp = (
  { transactionId, now }: CommandOf<OrderCommand, 'GiveUpPayment'>,
  order: Order,
): OrderDecision => {
  switch (order.payments.get(transactionId)?.step) {
    case undefined:
      return refuse({ code: 'payment_unknown' });
    case 'action_required':
      return decideAbandon({ type: 'Abandon', transactionId, now }, order);
    case 'started':
    case 'unknown':
      return refuse({ code: 'payment_in_progress', transactionId });
    case 'authorised':
    case 'captured':
      return refuse({ code: 'already_paid' });
    default:
      return accept();
  }
};

const decidePlaces = (
  command: CommandOf<OrderCommand, 'ConfirmPlaces' | 'LosePlaces' | 'MarkIssued'>,
  order: Order,
): OrderDecision => {
  const { now } = command;
  if (command.type === 'MarkIssued') {
    if (order.places === 'issued') return accept();
    if (order.places !== 'confirmed') return refuse({ code: 'not_waiting_for_this' });
    return accept(
      { type: 'TicketsIssued', data: { ticketIds: order.ticketIds, issuedAt: now } },
      ...(isFree(order) ? [{ type: 'OrderFulfilled' as const, data: { fulfilledAt: now } }] : []),
    );
  }
  if (command.type === 'ConfirmPlaces' && (order.places === 'confirmed' || order.places === 'issued')) return accept();
  if (command.type === 'LosePlaces' && order.places === 'lost') return accept();
  if (command.type === 'LosePlaces') {
    const isPaidBy = isPaidAndHeld(order) && command.transactionId === order.payment?.transactionId;
    if (!isPaidBy) return refuse({ code: 'not_waiting_for_this' });
    return accept({ type: 'PlacesLost', data: { transactionId: command.transactionId, lostAt: now } });
  }
  if (!isConfirmable(order)) return refuse({ code: 'not_waiting_for_this' });
  const { ticketIds, seats } = command;
  return accept({ type: 'PlacesConfirmed', data: { ticketIds, ...(seats && { seats }), confirmedAt: now } });
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
