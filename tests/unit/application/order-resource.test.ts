import { rm } from 'node:fs/promises';
import { expect } from 'chai';
import { Cursors } from '../../../src/application/cursor.js';
import type { Position } from '../../../src/application/ports/event-store.js';
import { OrderQueries } from '../../../src/application/ticketing/order-queries.js';
import { projectEvent } from '../../../src/application/views/view-builder.js';
import type { OrderEvent } from '../../../src/domain/ticketing/order-events.js';
import { evolve, type OrderState } from '../../../src/domain/ticketing/order-state.js';
import { EmbeddedViewStore } from '../../../src/infrastructure/views/embedded/embedded-view-store.js';
import { orders } from '../../../src/projections/ticketing/orders.js';
import { beginEmpty } from '../../support/begin-empty.js';
import { catalogue } from '../../support/read-side.js';
import { tempFolder } from '../../support/temp-store.js';

const eur = (amountMinor: number) => ({ amountMinor, currency: 'EUR' });
const transactionId = 'x';

const placed = {
  type: 'OrderPlaced',
  data: {
    orderId: 'o',
    saleId: 's',
    saleName: 'Noite',
    buyer: { email: 'ana@example.org', name: 'Ana' },
    personId: 'p',
    lines: [{ description: 'Noite', quantity: 2, unitPrice: eur(50) }],
    quantity: 2,
    total: eur(100),
    placedAt: 1,
    expiresAt: 60,
  },
} satisfies OrderEvent;
const freePlaced: OrderEvent = { ...placed, data: { ...placed.data, total: eur(0) } };
const started: OrderEvent = {
  type: 'PaymentStarted',
  data: { transactionId, cardToken: 'k', amount: eur(100), startedAt: 2, expiresAt: 70 },
};
const asked: OrderEvent = {
  type: 'PaymentActionRequired',
  data: { transactionId, actionUrl: 'https://bank.example/a', inquireAt: 5, giveUpAt: 90 },
};
const unknown: OrderEvent = {
  type: 'PaymentOutcomeUnknown',
  data: { transactionId, inquiries: 1, inquireAt: 9, giveUpAt: 90, askedAt: 6 },
};
const abandoned: OrderEvent = { type: 'PaymentAbandoned', data: { transactionId, abandonedAt: 8 } };
const authorised: OrderEvent = {
  type: 'PaymentAuthorised',
  data: { transactionId, card: { cardId: 'k', brand: 'visa', lastFour: '4242' }, authorisedAt: 7 },
};
const reversed = (reason: 'places_lost' | 'outcome_unknown'): OrderEvent => ({
  type: 'PaymentReversed',
  data: { transactionId, reason, reversedAt: 8 },
});
const lost: OrderEvent = { type: 'PlacesLost', data: { transactionId, lostAt: 8 } };
const expired: OrderEvent = { type: 'OrderExpired', data: { expiredAt: 8 } };
const fulfilled: readonly OrderEvent[] = [
  authorised,
  { type: 'PlacesConfirmed', data: { ticketIds: ['a', 'b'], confirmedAt: 8 } },
  { type: 'TicketsIssued', data: { ticketIds: ['a', 'b'], issuedAt: 8 } },
  { type: 'PaymentCaptured', data: { transactionId, capturedAt: 9 } },
  { type: 'OrderFulfilled', data: { fulfilledAt: 9 } },
];
const refund = (refundId: string, amountMinor: number, ticketIds: readonly string[] = []): OrderEvent => ({
  type: 'RefundRequested',
  data: { refundId, amount: eur(amountMinor), ticketIds, requestedAt: 10 },
});
const refundPaid = (refundId: string): OrderEvent => ({ type: 'RefundPaid', data: { refundId, paidAt: 11 } });
const refundRefused: OrderEvent = { type: 'RefundRefused', data: { refundId: 'r', code: 'no', refusedAt: 11 } };

const stories: Readonly<Record<string, readonly OrderEvent[]>> = {
  'a confirmation that the bank hears nothing of': [placed, started, asked, unknown, authorised],
  'a silent bank that asks for a confirmation then': [
    placed,
    started,
    unknown,
    asked,
    unknown,
    abandoned,
    unknown,
    reversed('outcome_unknown'),
  ],
  'money after the places had gone': [placed, started, unknown, authorised, lost, reversed('places_lost'), expired],
  'refunds up to the whole': [
    placed,
    started,
    ...fulfilled,
    refund('r', 40),
    refund('q', 60),
    refundPaid('q'),
    refundPaid('r'),
  ],
  'a free order, whose tickets are given back one by one': [
    freePlaced,
    ...fulfilled.slice(1, 3),
    { type: 'OrderFulfilled', data: { fulfilledAt: 9 } },
    refund('r', 0, ['a']),
    refundPaid('r'),
    refund('q', 0, ['b']),
    refundPaid('q'),
  ],
  'a refund that is refused': [placed, started, ...fulfilled, refund('r', 100), refundRefused],
};

const caused = { correlationId: 'c', causationId: 'c' };

describe('order as the API shows it', () => {
  for (const [story, events] of Object.entries(stories)) {
    it(`says what the order itself says: ${story}`, async () => {
      const folder = await tempFolder();
      const views = EmbeddedViewStore.open({ folder });
      await beginEmpty(views, orders);
      const queries = new OrderQueries(views, new Cursors(new Uint8Array(16)));
      let state: OrderState = { status: 'none' };
      for (const [index, event] of events.entries()) {
        state = evolve(state, event);
        const position = String(index).padStart(4, '0') as Position;
        const place = { stream: 'order-o', revision: BigInt(index), position, recordedAt: index };
        const stored = { id: `e${index}`, ...catalogue.encode(event, caused), ...place };
        await views.apply(orders, 0, [projectEvent(catalogue, orders, stored)], position);
        const shown = await queries.get('o');
        const due = state.status === 'none' ? [] : [...state.payments.values()];
        expect(shown?.status, `after ${event.type}`).to.equal(state.status);
        const { expiresAt } = state.status === 'none' ? { expiresAt: undefined } : state;
        expect(shown?.expiresAt, `after ${event.type}`).to.equal(expiresAt);
        expect(shown?.payments.map(({ status }) => status)).to.deep.equal(
          due.map(({ step }) => (step === 'abandoned' ? 'unknown' : step)),
        );
        const isAsked = due.some(({ step }) => step === 'action_required');
        expect(shown?.payments.some(({ actionUrl }) => actionUrl !== undefined) ?? false).to.equal(isAsked);
        expect(shown?.needsHuman?.reason).to.equal(event === lost ? 'paid_after_expiry' : undefined);
      }
      await views.close();
      await rm(folder, { recursive: true, force: true });
    });
  }
});
