import type { CardEvent } from '../../src/domain/banking/card-events.js';
import type { TransactionEvent } from '../../src/domain/banking/transaction-events.js';
import type { DomainEvent } from '../../src/domain/event.js';

/** Three of each transaction, two of its card. */
export const eventsPerTransaction = 5;
/** Transactions of one card. */
const perCard = 500;
const amount = { amountMinor: 1_500, currency: 'EUR' };
const describedAs = 'First night';
const stepMs = 100;

/** What happened in a stream, in an append of its own. */
export interface StreamHistory {
  readonly stream: string;
  readonly events: readonly DomainEvent[];
}

const shownCard = (cardId: string) => ({ cardId, brand: 'visa', lastFour: '4242', expiryMonth: 12, expiryYear: 2040 });

const transactionHistory = (transactionId: string, cardId: string, at: number): readonly TransactionEvent[] => {
  const { brand, lastFour } = shownCard(cardId);
  const card = { ...shownCard(cardId), isCodeRight: true };
  return [
    {
      type: 'TransactionRequested',
      data: { transactionId, amount, description: describedAs, tokenHash: transactionId, card, requestedAt: at },
    },
    { type: 'TransactionAuthorised', data: { transactionId, cardId, brand, lastFour, amount, authorisedAt: at + 1 } },
    { type: 'TransactionCaptured', data: { transactionId, cardId, amount, capturedAt: at + 2 } },
  ];
};

const bookings = (transactionId: string, number: number, at: number): readonly CardEvent[] => [
  { type: 'AmountReserved', data: { transactionId, amount, description: describedAs, reservedAt: at } },
  {
    type: 'AmountBooked',
    data: {
      transactionId,
      amount,
      description: describedAs,
      balanceMinor: -amount.amountMinor * number,
      bookedAt: at + 2,
    },
  },
];

/** Payments that were captured, card by card. @param until the time of the last, milliseconds since the epoch */
export function* bankHistory(transactions: number, until: number): Generator<StreamHistory> {
  const begin = until - transactions * stepMs;
  for (let first = 0; first < transactions; first += perCard) {
    const cardId = `card-${first}`;
    const ofCard: DomainEvent[] = [
      {
        type: 'CardIssued',
        data: { ...shownCard(cardId), holder: 'Ada', limit: { ...amount, amountMinor: 1e12 }, issuedAt: begin },
      },
    ];
    for (let number = first; number < Math.min(first + perCard, transactions); number++) {
      const transactionId = `payment-${number}`;
      const at = begin + number * stepMs;
      ofCard.push(...bookings(transactionId, number - first + 1, at));
      yield { stream: `transaction-${transactionId}`, events: transactionHistory(transactionId, cardId, at) };
    }
    yield { stream: `card-${cardId}`, events: ofCard };
  }
}
