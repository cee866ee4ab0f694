import type { cardEvents } from '../../domain/banking/card-events.js';
import type { Change, Fact, HandlersOf, Projection } from '../projection.js';

export interface StatementLineDocument {
  /** Transaction id of a debit, refund id of a credit: never changes once it is booked. */
  readonly lineId: string;
  readonly cardId: string;
  readonly creditDebit: 'C' | 'D';
  /** `released` ones are shown no more. */
  readonly status: 'processing' | 'future' | 'booked' | 'released';
  readonly amountMinor: number;
  readonly currency: string;
  readonly description: string;
  /** When it was first heard of, in milliseconds since the epoch. */
  readonly at: number;
  /** Revision of the card's stream: the order of the lines, of booked ones the booking order. */
  readonly seq: number;
  readonly bookedAt: number | null;
  /** Balance of the card after this line, credits less debits; null until it is booked. */
  readonly balanceMinor: number | null;
}

export interface CardDocument {
  readonly cardId: string;
  readonly brand: string;
  readonly lastFour: string;
  readonly holder: string;
  readonly limitMinor: number;
  readonly issuedAt: number;
  readonly currency: string;
  readonly balanceMinor: number;
  readonly reservedMinor: number;
  readonly asOf: number;
  readonly revision: string;
}

const cardIdOf = (fact: Fact): string => fact.stream.slice('card-'.length);

const card = (fact: Fact, $set: Partial<CardDocument>, reservedMinor = 0): Change => ({
  collection: 'cards',
  id: cardIdOf(fact),
  $set: { ...$set, revision: fact.revision.toString() },
  $inc: { reservedMinor },
  $max: { asOf: fact.recordedAt },
});

type Line = Partial<StatementLineDocument> & Pick<StatementLineDocument, 'lineId'>;

const line = (fact: Fact, values: Line, firstHeardAt?: number): Change => ({
  collection: 'lines',
  id: `${cardIdOf(fact)}/${values.lineId}`,
  $set: { cardId: cardIdOf(fact), seq: Number(fact.revision), ...values },
  ...(firstHeardAt !== undefined && { $min: { at: firstHeardAt } }),
});

interface Booked {
  readonly amount: { readonly amountMinor: number; readonly currency: string };
  readonly description: string;
  readonly balanceMinor: number;
  readonly bookedAt: number;
}

const booked = (fact: Fact<Booked>, lineId: string, creditDebit: 'C' | 'D'): Change => {
  const { amount, description, balanceMinor, bookedAt } = fact.data;
  return line(
    fact,
    { lineId, creditDebit, status: 'booked', ...amount, description, bookedAt, balanceMinor },
    bookedAt,
  );
};

const waiting = { bookedAt: null, balanceMinor: null };

const handlers: Required<HandlersOf<typeof cardEvents>> = {
  CardIssued: (fact) => {
    const { cardId, brand, lastFour, holder, limit, issuedAt } = fact.data;
    const { amountMinor: limitMinor, currency } = limit;
    return [card(fact, { cardId, brand, lastFour, holder, limitMinor, currency, issuedAt, balanceMinor: 0 })];
  },
  AmountReserved: (fact) => {
    const { transactionId: lineId, amount, description, reservedAt } = fact.data;
    return [
      card(fact, {}, amount.amountMinor),
      line(fact, { lineId, creditDebit: 'D', status: 'processing', ...amount, description, ...waiting }, reservedAt),
    ];
  },
  ReservationRefused: (fact) => [card(fact, {})],
  ReservationKept: (fact) => [card(fact, {})],
  ReservationReleased: (fact) => [
    card(fact, {}, -fact.data.amount.amountMinor),
    line(fact, { lineId: fact.data.transactionId, status: 'released' }),
  ],
  AmountBooked: (fact) => [
    card(fact, { balanceMinor: fact.data.balanceMinor }, -fact.data.amount.amountMinor),
    booked(fact, fact.data.transactionId, 'D'),
  ],
  CreditAnnounced: (fact) => {
    const { refundId: lineId, amount, description, announcedAt } = fact.data;
    return [
      card(fact, {}),
      line(fact, { lineId, creditDebit: 'C', status: 'future', ...amount, description, ...waiting }, announcedAt),
    ];
  },
  CreditBooked: (fact) => [card(fact, { balanceMinor: fact.data.balanceMinor }), booked(fact, fact.data.refundId, 'C')],
};

/** Cards by card id, and the lines of their statements: fed by the card's own stream only. Declines are no lines. */
export const statement: Projection = {
  name: 'statement',
  version: 1,
  collections: {
    cards: { indexes: [] },
    lines: {
      indexes: [
        ['cardId', 'status', '-seq'],
        ['cardId', 'status', 'bookedAt', 'seq'],
      ],
    },
  },
  handlers,
};
