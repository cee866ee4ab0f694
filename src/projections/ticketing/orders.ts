import type { Money } from '../../domain/money.js';
import type { OrderEvent, orderEvents } from '../../domain/ticketing/order-events.js';
import { escapedKey } from '../escaped-key.js';
import { listKey } from '../list-key.js';
import type { Change, DecodedEvent, HandlersOf, Projection } from '../projection.js';

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
export interface Review {
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
  /** Without what a payment adds. */
  readonly expiresAt: number;
  /** Until when the last payment keeps the places while it is under way. */
  readonly paymentUntil: number | null;
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
  readonly stuck: Review | null;
  /** Money that came after the places had gone, till it is given back. */
  readonly paidAfterExpiry: Review | null;
  readonly listKey: string;
  readonly revision: string;
}

type Values = Readonly<Record<string, unknown>>;

const orderIdOf = (event: DecodedEvent): string => event.stream.slice('order-'.length);

const change = (
  event: DecodedEvent,
  values: Values,
  more: Omit<Change, 'collection' | 'id' | '$set'> = {},
): readonly Change[] => [
  { collection: 'orders', id: orderIdOf(event), $set: { ...values, revision: event.revision.toString() }, ...more },
];

const ofEntry = (list: 'payments' | 'refunds', id: string, values: Values): Values =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${list}.${escapedKey(id)}.${name}`, value]));

const unchanged = (event: DecodedEvent): readonly Change[] => change(event, {});

const handlers: Required<HandlersOf<typeof orderEvents>> = {
  OrderPlaced: (event) =>
    change(event, {
      ...event.data,
      seats: event.data.seats ?? null,
      status: event.data.total.amountMinor === 0 ? 'paid' : 'awaiting_payment',
      paymentUntil: null,
      transactionId: null,
      payments: {},
      refunds: {},
      ticketIds: [],
      stuck: null,
      paidAfterExpiry: null,
      listKey: listKey(event.data.placedAt, event.data.orderId),
    }),
  OrderExtended: (event) => change(event, { expiresAt: event.data.expiresAt }),
  PaymentStarted: (event) => {
    const { transactionId, amount, startedAt, expiresAt } = event.data;
    const entry: PaymentEntry = { transactionId, status: 'started', amount, startedAt };
    return change(event, {
      status: 'pending',
      transactionId,
      paymentUntil: expiresAt,
      [`payments.${escapedKey(transactionId)}`]: entry,
    });
  },
  PaymentActionRequired: (event) => {
    const { transactionId, actionUrl, giveUpAt } = event.data;
    const entry = ofEntry('payments', transactionId, { status: 'action_required', actionUrl });
    return change(event, { status: 'action_required', ...entry }, { $max: { paymentUntil: giveUpAt } });
  },
  PaymentOutcomeUnknown: (event) =>
    change(event, { status: 'checking', ...ofEntry('payments', event.data.transactionId, { status: 'unknown' }) }),
  PaymentAbandoned: (event) => {
    const { transactionId } = event.data;
    const entry = ofEntry('payments', transactionId, { status: 'unknown' });
    const $unset = ofEntry('payments', transactionId, { actionUrl: '' });
    return change(event, { status: 'checking', ...entry }, { $unset });
  },
  PaymentAuthorised: (event) => {
    const { transactionId, card } = event.data;
    return change(event, { status: 'paid', ...ofEntry('payments', transactionId, { status: 'authorised', card }) });
  },
  PaymentDeclined: (event) => {
    const { transactionId, code, networkCode, mayRetry } = event.data;
    const decline = { code, networkCode, mayRetry };
    const entry = ofEntry('payments', transactionId, { status: 'declined', decline });
    return change(event, { status: 'awaiting_payment', ...entry });
  },
  PaymentReversed: (event) => {
    const { transactionId, reason } = event.data;
    const entry = ofEntry('payments', transactionId, { status: 'reversed', reversal: reason });
    const over = reason === 'places_lost' && { paidAfterExpiry: null };
    return change(event, { status: 'awaiting_payment', ...over, ...entry });
  },
  PlacesConfirmed: (event) => {
    const { ticketIds, seats } = event.data;
    return change(event, { ticketIds, ...(seats && { seats }) });
  },
  PlacesLost: (event) =>
    change(event, { paidAfterExpiry: { reason: 'paid_after_expiry', since: event.data.lostAt } satisfies Review }),
  TicketsIssued: unchanged,
  PaymentCaptured: (event) => change(event, ofEntry('payments', event.data.transactionId, { status: 'captured' })),
  OrderFulfilled: (event) => change(event, { status: 'fulfilled' }),
  OrderExpired: (event) => change(event, { status: 'expired' }),
  OrderCancelled: (event) => change(event, { status: 'cancelled' }),
  RefundRequested: (event) => {
    const entry: RefundEntry = { ...event.data, status: 'requested' };
    return change(event, { [`refunds.${escapedKey(entry.refundId)}`]: entry });
  },
  RefundPaid: (event) => change(event, ofEntry('refunds', event.data.refundId, { status: 'paid' })),
  RefundRefused: (event) =>
    change(event, ofEntry('refunds', event.data.refundId, { status: 'refused', code: event.data.code })),
  ReturnRequested: unchanged,
  TicketsReturned: unchanged,
  HumanNeeded: (event) => change(event, { stuck: event.data satisfies Review }),
  HumanDone: (event) => change(event, { stuck: null }),
};

/** One document for each order, by order id. */
export const orders: Projection = {
  name: 'orders',
  version: 2,
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
