import type { orderEvents } from '../../domain/ticketing/order-events.js';
import type { Change, Fact, HandlersOf, Projection } from '../projection.js';

/** What the process has to do for an order: its payment, by order id, and each of its refunds, by order and refund id. */
export interface OpenPurchaseDocument {
  readonly orderId: string;
  /** The event that it stopped at. */
  readonly after: string;
  /** When the process looks at the order again, in milliseconds since the epoch. */
  readonly dueAt: number;
}

/** Longer than the bank's deadline: whoever asked it has had its answer by then, or is gone. */
const askedMs = 30_000;
/** Longer than a step takes: only a process that stopped leaves one behind. */
const stepMs = 10_000;

const orderOf = ({ stream }: Fact): string => stream.slice('order-'.length);

/** Apart from the payment and from one another: the end of one refund says nothing about the next. */
const refundOf = (fact: Fact<{ readonly refundId: string }>): string => `${orderOf(fact)}/${fact.data.refundId}`;

const due = (fact: Fact, dueAt: number, id = orderOf(fact)): readonly Change[] => [
  { collection: 'open-purchases', id, $set: { orderId: orderOf(fact), after: fact.type, dueAt } },
];
const over = (id: string): readonly Change[] => [{ collection: 'open-purchases', id, $delete: true }];

const refundEnded = (fact: Fact<{ readonly refundId: string }>): readonly Change[] => over(refundOf(fact));

const inAStep =
  <Data>(at: (data: Data) => number) =>
  (fact: Fact<Data>): readonly Change[] =>
    due(fact, at(fact.data) + stepMs);
const atRest = (fact: Fact): readonly Change[] => over(orderOf(fact));

const handlers: HandlersOf<typeof orderEvents> = {
  PaymentStarted: (fact) => due(fact, fact.data.startedAt + askedMs),
  PaymentActionRequired: (fact) => due(fact, fact.data.inquireAt),
  PaymentOutcomeUnknown: (fact) => due(fact, fact.data.inquireAt),
  PaymentAbandoned: inAStep((data: { abandonedAt: number }) => data.abandonedAt),
  PaymentAuthorised: inAStep((data: { authorisedAt: number }) => data.authorisedAt),
  PlacesConfirmed: inAStep((data: { confirmedAt: number }) => data.confirmedAt),
  PlacesLost: inAStep((data: { lostAt: number }) => data.lostAt),
  TicketsIssued: inAStep((data: { issuedAt: number }) => data.issuedAt),
  PaymentCaptured: inAStep((data: { capturedAt: number }) => data.capturedAt),
  PaymentDeclined: atRest,
  PaymentReversed: atRest,
  OrderFulfilled: atRest,
  OrderExpired: atRest,
  OrderCancelled: atRest,
  RefundRequested: (fact) => due(fact, fact.data.requestedAt + stepMs, refundOf(fact)),
  RefundPaid: refundEnded,
  RefundRefused: refundEnded,
};

/** Orders that the purchase process must go on with when their `dueAt` has come, an order maybe more than once. */
export const openPurchases: Projection = {
  name: 'open-purchases',
  version: 2,
  collections: { 'open-purchases': { indexes: [['dueAt']] } },
  handlers,
};
