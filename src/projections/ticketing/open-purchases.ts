import type { orderEvents } from '../../domain/ticketing/order-events.js';
import type { Change, Fact, HandlersOf, Projection } from '../projection.js';

export interface OpenPurchaseDocument {
  readonly orderId: string;
  /** The event that it stopped at. */
  readonly after: string;
  /** When the process looks at the order again, in milliseconds since the epoch; null when it is at rest. */
  readonly dueAt: number | null;
}

/** Longer than the bank's deadline: whoever asked it has had its answer by then, or is gone. */
const askedMs = 30_000;
/** Longer than a step takes: only a process that stopped leaves one behind. */
const stepMs = 10_000;

const due = (fact: Fact, dueAt: number | null): readonly Change[] => {
  const orderId = fact.stream.slice('order-'.length);
  return [{ collection: 'open-purchases', id: orderId, $set: { orderId, after: fact.type, dueAt } }];
};

const inAStep =
  <Data>(at: (data: Data) => number) =>
  (fact: Fact<Data>): readonly Change[] =>
    due(fact, at(fact.data) + stepMs);
const atRest = (fact: Fact): readonly Change[] => due(fact, null);

const handlers: HandlersOf<typeof orderEvents> = {
  PaymentStarted: (fact) => due(fact, fact.data.startedAt + askedMs),
  PaymentActionRequired: (fact) => due(fact, fact.data.inquireAt),
  PaymentOutcomeUnknown: (fact) => due(fact, fact.data.inquireAt),
  PaymentAuthorised: inAStep((data: { authorisedAt: number }) => data.authorisedAt),
  PlacesConfirmed: inAStep((data: { confirmedAt: number }) => data.confirmedAt),
  PlacesLost: inAStep((data: { lostAt: number }) => data.lostAt),
  TicketsIssued: inAStep((data: { issuedAt: number }) => data.issuedAt),
  PaymentCaptured: inAStep((data: { capturedAt: number }) => data.capturedAt),
  RefundRequested: inAStep((data: { requestedAt: number }) => data.requestedAt),
  PaymentDeclined: atRest,
  PaymentReversed: atRest,
  OrderFulfilled: atRest,
  OrderExpired: atRest,
  OrderCancelled: atRest,
  RefundPaid: atRest,
  RefundRefused: atRest,
};

/** Orders that the purchase process must go on with, by order id. */
export const openPurchases: Projection = {
  name: 'open-purchases',
  version: 1,
  collections: { 'open-purchases': { indexes: [['dueAt']] } },
  handlers,
};
