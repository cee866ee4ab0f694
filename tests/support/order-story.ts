import type { OrderCommand, PaymentAnswer } from '../../src/domain/ticketing/order-commands.js';
import type { OrderEvent } from '../../src/domain/ticketing/order-events.js';

/** Of these stories, in milliseconds: the places are held till `holdEndsAt`, a payment keeps them till `payEndsAt`. */
export const now = 10_000;
export const holdEndsAt = 60_000;
export const payEndsAt = 130_000;

export const eur = (amountMinor: number) => ({ amountMinor, currency: 'EUR' });
const line = { description: 'Opera', quantity: 3, unitPrice: eur(1_000) };
const purchase = {
  orderId: 'o-1',
  saleId: 's-1',
  saleName: 'Opera',
  buyer: { email: 'ana@example.org', name: 'Ana' },
  personId: 'ana',
  lines: [line],
  quantity: 3,
  total: eur(3_000),
  placedAt: 1_000,
  expiresAt: holdEndsAt,
};
export const card = { cardId: 'c-1', brand: 'visa', lastFour: '4242' };
export const decline = { code: 'insufficient_funds', networkCode: '51', mayRetry: true };
export const ticketIds = ['t-1', 't-2', 't-3'];

export const place = { type: 'Place', ...purchase } as const satisfies OrderCommand;
export const pay = (transactionId: string, at = now) =>
  ({ type: 'StartPayment', transactionId, cardToken: 'token', expiresAt: payEndsAt, now: at }) as const;
export const answer = (transactionId: string, given: PaymentAnswer, at = now) =>
  ({ type: 'RecordAnswer', transactionId, answer: given, now: at }) as const;
/** For all that is left, unless an amount or tickets are named. */
export const askRefund = (
  refundId: string,
  wish: { amountMinor?: number; ticketIds?: readonly string[]; keepsTickets?: boolean } = {},
) => ({ type: 'RequestRefund', refundId, ...wish, now }) as const;

export const answers = {
  authorised: { status: 'authorised', card },
  declined: { status: 'declined', ...decline },
  actionRequired: { status: 'action_required', actionUrl: '/confirm', inquireAt: 12_000, giveUpAt: 600_000 },
  unknown: { status: 'unknown', inquireAt: 11_000 },
  captured: { status: 'captured' },
  reversed: { status: 'reversed' },
} as const satisfies Readonly<Record<string, PaymentAnswer>>;

export const placed: OrderEvent = { type: 'OrderPlaced', data: purchase };
const placedFree: OrderEvent = {
  type: 'OrderPlaced',
  data: { ...purchase, lines: [{ ...line, unitPrice: eur(0) }], total: eur(0) },
};
export const started = (transactionId: string): OrderEvent => ({
  type: 'PaymentStarted',
  data: { transactionId, cardToken: 'token', amount: eur(3_000), startedAt: now, expiresAt: payEndsAt },
});
export const actionRequired = (transactionId: string): OrderEvent => ({
  type: 'PaymentActionRequired',
  data: { transactionId, actionUrl: '/confirm', inquireAt: 12_000, giveUpAt: 600_000 },
});
export const unknown = (transactionId: string, inquiries = 1, inquireAt = 11_000): OrderEvent => ({
  type: 'PaymentOutcomeUnknown',
  data: { transactionId, inquiries, inquireAt, giveUpAt: payEndsAt, askedAt: now },
});
export const abandoned = (transactionId: string): OrderEvent => ({
  type: 'PaymentAbandoned',
  data: { transactionId, abandonedAt: now },
});
export const authorised = (transactionId: string): OrderEvent => ({
  type: 'PaymentAuthorised',
  data: { transactionId, card, authorisedAt: now },
});
export const declined = (transactionId: string, declinedAt = now): OrderEvent => ({
  type: 'PaymentDeclined',
  data: { transactionId, ...decline, declinedAt },
});
export const reversed = (
  transactionId: string,
  reason: 'places_lost' | 'outcome_unknown',
  reversedAt = now,
): OrderEvent => ({ type: 'PaymentReversed', data: { transactionId, reason, reversedAt } });
export const confirmed: OrderEvent = { type: 'PlacesConfirmed', data: { ticketIds, confirmedAt: now } };
export const lost: OrderEvent = { type: 'PlacesLost', data: { transactionId: 'p-1', lostAt: now } };
export const issued: OrderEvent = { type: 'TicketsIssued', data: { ticketIds, issuedAt: now } };
export const captured: OrderEvent = { type: 'PaymentCaptured', data: { transactionId: 'p-1', capturedAt: now } };
export const fulfilled: OrderEvent = { type: 'OrderFulfilled', data: { fulfilledAt: now } };
export const expired = (expiredAt = now): OrderEvent => ({ type: 'OrderExpired', data: { expiredAt } });
export const cancelled: OrderEvent = { type: 'OrderCancelled', data: { cancelledAt: now } };
export const refundAsked = (refundId: string, amountMinor: number, ids: readonly string[] = []): OrderEvent => ({
  type: 'RefundRequested',
  data: { refundId, amount: eur(amountMinor), ticketIds: ids, requestedAt: now },
});
export const refundPaid = (refundId: string): OrderEvent => ({ type: 'RefundPaid', data: { refundId, paidAt: now } });
export const refundRefused = (refundId: string): OrderEvent => ({
  type: 'RefundRefused',
  data: { refundId, code: 'already_inside', refusedAt: now },
});

const authorisedOnce = [placed, started('p-1'), authorised('p-1')];
const whole = [...authorisedOnce, confirmed, issued, captured, fulfilled];
const free = [placedFree, confirmed, issued, fulfilled];
const thirdAsked = [...whole, refundAsked('r-1', 1_000, ['t-1'])];

/** How an order comes to each of its states; its first payment is `p-1`, its first refund `r-1`. */
export const stories = {
  none: [],
  placed: [placed],
  started: [placed, started('p-1')],
  actionRequired: [placed, started('p-1'), actionRequired('p-1')],
  unknown: [placed, started('p-1'), unknown('p-1')],
  abandoned: [placed, started('p-1'), unknown('p-1'), abandoned('p-1')],
  declined: [placed, started('p-1'), declined('p-1')],
  reversed: [placed, started('p-1'), unknown('p-1'), abandoned('p-1'), reversed('p-1', 'outcome_unknown')],
  authorised: authorisedOnce,
  lost: [...authorisedOnce, lost],
  confirmed: [...authorisedOnce, confirmed],
  issued: [...authorisedOnce, confirmed, issued],
  fulfilled: whole,
  refunding: thirdAsked,
  refundRefused: [...thirdAsked, refundRefused('r-1')],
  partlyRefunded: [...thirdAsked, refundPaid('r-1')],
  refunded: [...whole, refundAsked('r-1', 3_000, ticketIds), refundPaid('r-1')],
  expired: [placed, expired()],
  cancelled: [placed, cancelled],
  freePlaced: [placedFree],
  freeConfirmed: [placedFree, confirmed],
  freeFulfilled: free,
  freePartlyRefunded: [...free, refundAsked('r-1', 0, ['t-1']), refundPaid('r-1')],
  freeRefunded: [...free, refundAsked('r-1', 0, ticketIds), refundPaid('r-1')],
  freeExpired: [placedFree, expired()],
} satisfies Readonly<Record<string, readonly OrderEvent[]>>;
export type Story = keyof typeof stories;
export const storyNames = Object.keys(stories) as readonly Story[];
