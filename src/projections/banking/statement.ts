import type { cardEvents } from '../../domain/banking/card-events.js';
import type { Change, DecodedEvent, HandlersOf, Projection } from '../projection.js';

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
  /** When it was first known, in milliseconds since the epoch. */
  readonly at: number;
  /** Revision of the card's stream: the order of the lines, of booked ones the booking order. */
  readonly seq: number;
  /** What `seq` was while it was pending: the revision at which it was first heard of. */
  readonly heardSeq: number;
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

const cardIdOf = (event: DecodedEvent): string => event.stream.slice('card-'.length);

const card = (event: DecodedEvent, $set: Partial<CardDocument>, reservedMinor = 0): Change => ({
  collection: 'cards',
  id: cardIdOf(event),
  $set: { ...$set, revision: event.revision.toString() },
  $inc: { reservedMinor },
  $max: { asOf: event.recordedAt },
});

type Line = Partial<StatementLineDocument> & Pick<StatementLineDocument, 'lineId'>;

const line = (event: DecodedEvent, values: Line, firstHeardAt?: number): Change => ({
  collection: 'lines',
  id: `${cardIdOf(event)}/${values.lineId}`,
  $set: { cardId: cardIdOf(event), seq: Number(event.revision), ...values },
  ...(firstHeardAt !== undefined && { $min: { at: firstHeardAt, heardSeq: Number(event.revision) } }),
});

interface Booked {
  readonly amount: { readonly amountMinor: number; readonly currency: string };
  readonly description: string;
  readonly balanceMinor: number;
  readonly bookedAt: number;
}

const booked = (event: DecodedEvent<Booked>, lineId: string, creditDebit: 'C' | 'D'): Change => {
  const { amount, description, balanceMinor, bookedAt } = event.data;
  return line(
    event,
    { lineId, creditDebit, status: 'booked', ...amount, description, bookedAt, balanceMinor },
    bookedAt,
  );
};

const waiting = { bookedAt: null, balanceMinor: null };

const handlers: Required<HandlersOf<typeof cardEvents>> = {
  CardIssued: (event) => {
    const { cardId, brand, lastFour, holder, limit, issuedAt } = event.data;
    const { amountMinor: limitMinor, currency } = limit;
    return [card(event, { cardId, brand, lastFour, holder, limitMinor, currency, issuedAt, balanceMinor: 0 })];
  },
  AmountReserved: (event) => {
    const { transactionId: lineId, amount, description, reservedAt } = event.data;
    return [
      card(event, {}, amount.amountMinor),
      line(event, { lineId, creditDebit: 'D', status: 'processing', ...amount, description, ...waiting }, reservedAt),
    ];
  },
  ReservationRefused: (event) => [card(event, {})],
  ReservationKept: (event) => [card(event, {})],
  ReservationReleased: (event) => [
    card(event, {}, -event.data.amount.amountMinor),
    line(event, { lineId: event.data.transactionId, status: 'released' }),
  ],
  AmountBooked: (event) => [
    card(event, { balanceMinor: event.data.balanceMinor }, -event.data.amount.amountMinor),
    booked(event, event.data.transactionId, 'D'),
  ],
  CreditAnnounced: (event) => {
    const { refundId: lineId, amount, description, announcedAt } = event.data;
    return [
      card(event, {}),
      line(event, { lineId, creditDebit: 'C', status: 'future', ...amount, description, ...waiting }, announcedAt),
    ];
  },
  CreditBooked: (event) => [
    card(event, { balanceMinor: event.data.balanceMinor }),
    booked(event, event.data.refundId, 'C'),
  ],
};

/** Cards by card id, and the lines of their statements: fed by the card's own stream only. Declines are no lines. */
export const statement: Projection = {
  name: 'statement',
  version: 2,
  collections: {
    lines: {
      indexes: [
        ['cardId', 'status', '-seq'],
        ['cardId', 'status', 'bookedAt', 'seq'],
        ['cardId', '-seq'],
      ],
    },
    // Written last: its revision is the moment that a walk through the lines rests on.
    cards: { indexes: [] },
  },
  handlers,
};
