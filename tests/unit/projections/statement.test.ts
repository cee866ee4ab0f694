import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { CardEvent } from '../../../src/domain/banking/card-events.js';
import {
  type CardDocument,
  type StatementLineDocument,
  statement,
} from '../../../src/projections/banking/statement.js';
import { given, uncovered } from '../../support/projection.js';
import { recordedAt, type Step } from '../../support/recorded.js';

const eur = (amountMinor: number) => ({ amountMinor, currency: 'EUR' });

const issued = {
  type: 'CardIssued',
  data: {
    cardId: 'k',
    brand: 'visa',
    lastFour: '4242',
    expiryMonth: 12,
    expiryYear: 2030,
    holder: 'Ana Lima',
    limit: eur(100_000),
    issuedAt: 1_000,
  },
} satisfies CardEvent;
const reserved: CardEvent = {
  type: 'AmountReserved',
  data: { transactionId: 'x', amount: eur(3_000), description: 'Noite', reservedAt: 2_000 },
};
const refused: CardEvent = {
  type: 'ReservationRefused',
  data: {
    transactionId: 'y',
    amount: eur(900_000),
    code: 'over_limit',
    networkCode: '51',
    mayRetry: false,
    refusedAt: 2_000,
  },
};
const released: CardEvent = {
  type: 'ReservationReleased',
  data: { transactionId: 'x', amount: eur(3_000), releasedAt: 3_000 },
};
const booked: CardEvent = {
  type: 'AmountBooked',
  data: { transactionId: 'x', amount: eur(3_000), description: 'Noite', balanceMinor: -3_000, bookedAt: 3_000 },
};
const credit = { refundId: 'r', transactionId: 'x', amount: eur(1_000), description: 'Refund: Noite' };
const announced: CardEvent = { type: 'CreditAnnounced', data: { ...credit, announcedAt: 4_000 } };
const credited: CardEvent = { type: 'CreditBooked', data: { ...credit, balanceMinor: -2_000, bookedAt: 5_000 } };

const ofCard = (...events: readonly CardEvent[]): readonly Step[] => events.map((event) => ['card-k', event]);

const newCard: CardDocument = {
  cardId: 'k',
  brand: 'visa',
  lastFour: '4242',
  holder: 'Ana Lima',
  limitMinor: 100_000,
  currency: 'EUR',
  issuedAt: 1_000,
  balanceMinor: 0,
  reservedMinor: 0,
  asOf: recordedAt(0),
  revision: '0',
};
const cardAt = (revision: number, values: Partial<CardDocument> = {}): CardDocument => ({
  ...newCard,
  ...values,
  asOf: recordedAt(revision),
  revision: String(revision),
});

const processing: StatementLineDocument = {
  lineId: 'x',
  cardId: 'k',
  creditDebit: 'D',
  status: 'processing',
  amountMinor: 3_000,
  currency: 'EUR',
  description: 'Noite',
  at: 2_000,
  seq: 1,
  heardSeq: 1,
  bookedAt: null,
  balanceMinor: null,
};
const debit: StatementLineDocument = { ...processing, status: 'booked', seq: 2, bookedAt: 3_000, balanceMinor: -3_000 };
const future: StatementLineDocument = {
  lineId: 'r',
  cardId: 'k',
  creditDebit: 'C',
  status: 'future',
  amountMinor: 1_000,
  currency: 'EUR',
  description: 'Refund: Noite',
  at: 4_000,
  seq: 3,
  heardSeq: 3,
  bookedAt: null,
  balanceMinor: null,
};

describe('statement', () => {
  it('begins with a card that owes nothing', () => {
    given(statement, ofCard(issued)).then({ cards: { k: newCard } });
  });

  it('has a reservation as a line that is processing, and in what the card has reserved', () => {
    given(statement, ofCard(issued, reserved)).then({
      cards: { k: cardAt(1, { reservedMinor: 3_000 }) },
      lines: { 'k/x': processing },
    });
  });

  it('has the same line while a reservation is kept for longer', () => {
    const kept: CardEvent = { type: 'ReservationKept', data: { transactionId: 'x', keptUntil: 9_000 } };
    given(statement, ofCard(issued, reserved, kept)).then({
      cards: { k: cardAt(2, { reservedMinor: 3_000 }) },
      lines: { 'k/x': processing },
    });
  });

  it('has no line for what was refused', () => {
    given(statement, ofCard(issued, refused)).then({ cards: { k: cardAt(1) } });
  });

  it('keeps a line that was released, as such', () => {
    given(statement, ofCard(issued, reserved, released)).then({
      cards: { k: cardAt(2) },
      lines: { 'k/x': { ...processing, status: 'released', seq: 2 } },
    });
  });

  it('books a debit with the balance after it, at its place in the booking order', () => {
    given(statement, ofCard(issued, reserved, booked)).then({
      cards: { k: cardAt(2, { balanceMinor: -3_000 }) },
      lines: { 'k/x': debit },
    });
  });

  it('shows a credit from its announcement on, and books it once', () => {
    given(statement, ofCard(issued, reserved, booked, announced)).then({
      cards: { k: cardAt(3, { balanceMinor: -3_000 }) },
      lines: { 'k/x': debit, 'k/r': future },
    });
    given(statement, ofCard(issued, reserved, booked, announced, credited)).then({
      cards: { k: cardAt(4, { balanceMinor: -2_000 }) },
      lines: {
        'k/x': debit,
        'k/r': { ...future, status: 'booked', seq: 4, bookedAt: 5_000, balanceMinor: -2_000 },
      },
    });
  });

  it('keeps cards apart', () => {
    const steps: readonly Step[] = [
      ...ofCard(issued),
      ['card-z', { type: 'CardIssued', data: { ...issued.data, cardId: 'z' } }],
      ['card-z', reserved],
    ];
    given(statement, steps).then({
      cards: { k: newCard, z: { ...cardAt(1, { cardId: 'z', reservedMinor: 3_000 }), asOf: recordedAt(2) } },
      lines: { 'z/x': { ...processing, cardId: 'z' } },
    });
  });

  it('was given every event of a card', () => {
    expect(uncovered(statement)).to.deep.equal([]);
  });
});
