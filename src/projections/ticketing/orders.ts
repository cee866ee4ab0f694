import type { Money } from '../../domain/money.js';
import type { OrderEvent, orderEvents } from '../../domain/ticketing/order-events.js';
import { fieldKey } from '../field-key.js';
import { listKey } from '../list-key.js';
import type { Change, Fact, HandlersOf, Projection } from '../projection.js';

type DataOf<Type extends OrderEvent['type']> = Extract<OrderEvent, { type: Type }>['data'];

export interface PaymentEntry {
  readonly transactionId: string;
  readonly status: 'started' | 'action_required' | 'unknown' | 'authorised' | 'captured' | 'declined' | 'reversed';
  readonly amount: Money;
  readonly startedAt: number;
  readonly actionUrl?: string;
  readonly card?: DataOf<'PaymentAuthorised'>['card'];
  readonly decline?: { readonly code: string; readonly networkCode: string; readonly mayRetry: boolean };
  readonly reversal?: DataOf<'PaymentReversed'>['reason'];
}

export interface RefundEntry {
  readonly refundId: string;
  readonly status: 'requested' | 'paid' | 'refused';
  readonly amount: Money;
  readonly ticketIds: readonly string[];
  readonly requestedAt: number;
  readonly code?: string;
}

/** Why a person must look at an order, and since when in milliseconds since the epoch. */
export interface Matter {
  readonly reason: string;
  readonly since: number;
}

/** An order as its last event left it; what several fields say together is for the query to say. */
export interface OrderDocument {
  readonly orderId: string;
  readonly saleId: string;
  readonly saleName: string;
  readonly personId: string;
  readonly buyer: DataOf<'OrderPlaced'>['buyer'];
  readonly lines: DataOf<'OrderPlaced'>['lines'];
  readonly quantity: number;
  readonly seats: readonly string[] | null;
  readonly total: Money;
  readonly placedAt: number;
  readonly expiresAt: number;
  /** Without what refunds make of it. */
  readonly status:
    | 'awaiting_payment'
    | 'pending'
    | 'action_required'
    | 'checking'
    | 'paid'
    | 'fulfilled'
    | 'cancelled'
    | 'expired';
  readonly transactionId: string | null;
  readonly payments: Readonly<Record<string, PaymentEntry>>;
  readonly refunds: Readonly<Record<string, RefundEntry>>;
  readonly ticketIds: readonly string[];
  /** What the process can't do by itself. */
  readonly stuck: Matter | null;
  /** Money that came after the places had gone, till it is given back. */
  readonly paidAfterExpiry: Matter | null;
  readonly listKey: string;
  readonly revision: string;
}

type Values = Readonly<Record<string, unknown>>;

const orderIdOf = (fact: Fact): string => fact.stream.slice('order-'.length);

const change = (
  fact: Fact,
  values: Values,
  more: Omit<Change, 'collection' | 'id' | '$set'> = {},
): readonly Change[] => [
  { collection: 'orders', id: orderIdOf(fact), $set: { ...values, revision: fact.revision.toString() }, ...more },
];

const ofEntry = (list: 'payments' | 'refunds', id: string, values: Values): Values =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${list}.${fieldKey(id)}.${name}`, value]));

const unchanged = (fact: Fact): readonly Change[] => change(fact, {});

const handlers: Required<HandlersOf<typeof orderEvents>> = {
  OrderPlaced: (fact) =>
    change(fact, {
      ...fact.data,
      seats: fact.data.seats ?? null,
      status: 'awaiting_payment',
      transactionId: null,
      payments: {},
      refunds: {},
      ticketIds: [],
      stuck: null,
      paidAfterExpiry: null,
      listKey: listKey(fact.data.placedAt, fact.data.orderId),
    }),
  OrderExtended: (fact) => change(fact, { expiresAt: fact.data.expiresAt }),
  PaymentStarted: (fact) => {
    const { transactionId, amount, startedAt, expiresAt } = fact.data;
    const entry: PaymentEntry = { transactionId, status: 'started', amount, startedAt };
    const values = { status: 'pending', transactionId, [`payments.${fieldKey(transactionId)}`]: entry };
    return change(fact, values, { $max: { expiresAt } });
  },
  PaymentActionRequired: (fact) => {
    const { transactionId, actionUrl, giveUpAt } = fact.data;
    const entry = ofEntry('payments', transactionId, { status: 'action_required', actionUrl });
    return change(fact, { status: 'action_required', ...entry }, { $max: { expiresAt: giveUpAt } });
  },
  PaymentOutcomeUnknown: (fact) =>
    change(fact, { status: 'checking', ...ofEntry('payments', fact.data.transactionId, { status: 'unknown' }) }),
  PaymentAbandoned: (fact) => {
    const { transactionId } = fact.data;
    const entry = ofEntry('payments', transactionId, { status: 'unknown' });
    const $unset = ofEntry('payments', transactionId, { actionUrl: '' });
    return change(fact, { status: 'checking', ...entry }, { $unset });
  },
  PaymentAuthorised: (fact) => {
    const { transactionId, card } = fact.data;
    return change(fact, { status: 'paid', ...ofEntry('payments', transactionId, { status: 'authorised', card }) });
  },
  PaymentDeclined: (fact) => {
    const { transactionId, code, networkCode, mayRetry } = fact.data;
    const decline = { code, networkCode, mayRetry };
    const entry = ofEntry('payments', transactionId, { status: 'declined', decline });
    return change(fact, { status: 'awaiting_payment', ...entry });
  },
  PaymentReversed: (fact) => {
    const { transactionId, reason } = fact.data;
    const entry = ofEntry('payments', transactionId, { status: 'reversed', reversal: reason });
    const over = reason === 'places_lost' && { paidAfterExpiry: null };
    return change(fact, { status: 'awaiting_payment', ...over, ...entry });
  },
  PlacesConfirmed: (fact) => {
    const { ticketIds, seats } = fact.data;
    return change(fact, { ticketIds, ...(seats && { seats }) });
  },
  PlacesLost: (fact) =>
    change(fact, { paidAfterExpiry: { reason: 'paid_after_expiry', since: fact.data.lostAt } satisfies Matter }),
  TicketsIssued: unchanged,
  PaymentCaptured: (fact) => change(fact, ofEntry('payments', fact.data.transactionId, { status: 'captured' })),
  OrderFulfilled: (fact) => change(fact, { status: 'fulfilled' }),
  OrderExpired: (fact) => change(fact, { status: 'expired' }),
  OrderCancelled: (fact) => change(fact, { status: 'cancelled' }),
  RefundRequested: (fact) => {
    const entry: RefundEntry = { ...fact.data, status: 'requested' };
    return change(fact, { [`refunds.${fieldKey(entry.refundId)}`]: entry });
  },
  RefundPaid: (fact) => change(fact, ofEntry('refunds', fact.data.refundId, { status: 'paid' })),
  RefundRefused: (fact) =>
    change(fact, ofEntry('refunds', fact.data.refundId, { status: 'refused', code: fact.data.code })),
  ReturnRequested: unchanged,
  TicketsReturned: unchanged,
  HumanNeeded: (fact) => change(fact, { stuck: fact.data satisfies Matter }),
  HumanDone: (fact) => change(fact, { stuck: null }),
};

/** One document for each order, by order id. */
export const orders: Projection = {
  name: 'orders',
  version: 1,
  collections: {
    orders: {
      indexes: [
        ['personId', '-listKey'],
        ['saleId', '-listKey'],
      ],
    },
  },
  handlers,
};
