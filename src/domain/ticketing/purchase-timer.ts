import { soonestOf, type Timer } from '../process.js';
import type { OrderEvent } from './order-events.js';

/** Longest deadline of the bank: whoever asked it has had its answer by then. */
export const bankDeadlineLimitMs = 20_000;
const askedMs = bankDeadlineLimitMs + 10_000;
/** Longer than a step takes: only a process that stopped leaves one behind. */
const stepMs = 10_000;

/** Times in milliseconds since the epoch. */
export interface PurchaseTimes {
  /** While the order is payable: what a payment adds to it ends with the payment. */
  readonly expiresAt: number | null;
  /** While a payment is under way, or what follows on it; of a free order from its begin. */
  readonly payment: number | null;
  /** Refunds and returns that are open, by their ids. */
  readonly tasks: Readonly<Record<string, number>>;
}

const without = (tasks: PurchaseTimes['tasks'], id: string): PurchaseTimes['tasks'] =>
  Object.fromEntries(Object.entries(tasks).filter(([task]) => task !== id));

/** When an order expires, a payment is taken up again, a refund or a return is gone on with. */
export const purchaseTimer: Timer<PurchaseTimes, OrderEvent> = {
  initialState: () => ({ expiresAt: null, payment: null, tasks: {} }),

  evolve: (times, event) => {
    switch (event.type) {
      case 'OrderPlaced': {
        const { total, placedAt, expiresAt } = event.data;
        return total.amountMinor === 0 ? { ...times, payment: placedAt + stepMs } : { ...times, expiresAt };
      }
      case 'OrderExtended':
        return { ...times, expiresAt: event.data.expiresAt };
      case 'PaymentStarted':
        return { ...times, payment: event.data.startedAt + askedMs };
      case 'PaymentActionRequired':
      case 'PaymentOutcomeUnknown':
        return { ...times, payment: event.data.inquireAt };
      case 'PaymentAbandoned':
        return { ...times, payment: event.data.abandonedAt + stepMs };
      case 'PaymentAuthorised':
        return { ...times, payment: event.data.authorisedAt + stepMs };
      case 'PlacesConfirmed':
        return { ...times, payment: event.data.confirmedAt + stepMs };
      case 'PlacesLost':
        return { ...times, payment: event.data.lostAt + stepMs };
      case 'TicketsIssued':
        return { ...times, payment: event.data.issuedAt + stepMs };
      case 'PaymentCaptured':
        return { ...times, payment: event.data.capturedAt + stepMs };
      case 'PaymentDeclined':
      case 'PaymentReversed':
        return { ...times, payment: null };
      case 'OrderFulfilled':
      case 'OrderExpired':
      case 'OrderCancelled':
        return { ...times, expiresAt: null, payment: null };
      case 'RefundRequested':
        return { ...times, tasks: { ...times.tasks, [event.data.refundId]: event.data.requestedAt + stepMs } };
      case 'ReturnRequested':
        return { ...times, tasks: { ...times.tasks, [event.data.returnId]: event.data.requestedAt + stepMs } };
      case 'RefundPaid':
      case 'RefundRefused':
        return { ...times, tasks: without(times.tasks, event.data.refundId) };
      case 'TicketsReturned':
        return { ...times, tasks: without(times.tasks, event.data.returnId) };
      case 'HumanNeeded':
      case 'HumanDone':
        return times;
      default:
        return event satisfies never;
    }
  },

  dueAt: ({ expiresAt, payment, tasks }) => payment ?? expiresAt ?? soonestOf(Object.values(tasks)),
};
