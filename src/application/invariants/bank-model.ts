import type { CardEvent } from '../../domain/banking/card-events.js';
import type { TransactionEvent } from '../../domain/banking/transaction-events.js';
import type { Report } from './invariants.js';

export interface TransactionEntry {
  readonly amountMinor: number;
  readonly currency: string;
  readonly cardId: string | undefined;
  status: 'requested' | 'authorised' | 'declined' | 'captured' | 'voided' | 'expired' | 'barred';
  /** What the card did for it. */
  onCard: 'nothing' | 'refused' | 'reserved' | 'released' | 'booked';
  readonly refunds: Map<string, { readonly amountMinor: number; isBooked: boolean }>;
}

export interface CardEntry {
  readonly currency: string;
  readonly limitMinor: number;
  balanceMinor: number;
  reservedMinor: number;
  /** What was booked, credits above zero, by the id of the transaction or the refund. */
  readonly bookings: Map<string, number>;
}

type CardOf<Type extends CardEvent['type']> = Extract<CardEvent, { type: Type }>['data'];

/** Follows every card and transaction of the bank from their events alone, and reports what can't be. Amounts in minor units. */
export class BankModel {
  readonly transactions = new Map<string, TransactionEntry>();
  readonly cards = new Map<string, CardEntry>();

  constructor(private readonly report: Report) {}

  applyTransaction(id: string, event: TransactionEvent): void {
    const subject = `transaction-${id}`;
    const entry = this.transactions.get(id);
    if (event.type === 'TransactionRequested' || event.type === 'TransactionBarred') {
      if (entry !== undefined) this.report('ids-unique', subject, `${event.type} of one that is ${entry.status}`);
      else this.transactions.set(id, opened(event));
      return;
    }
    if (entry === undefined) {
      this.report('steps-in-order', subject, `${event.type} before its request`);
      return;
    }
    const expect = (isSo: boolean, rests: string): void => {
      if (!isSo) this.report('steps-in-order', subject, `${event.type} of one that is ${entry.status}, ${rests}`);
    };
    switch (event.type) {
      case 'ActionRequired':
      case 'ActionConfirmed':
        expect(entry.status === 'requested', 'not requested');
        return;
      case 'TransactionAuthorised':
        expect(entry.status === 'requested' && entry.onCard === 'reserved', `on its card ${entry.onCard}`);
        entry.status = 'authorised';
        return;
      case 'TransactionDeclined':
        expect(entry.status === 'requested', 'not requested');
        entry.status = 'declined';
        return;
      case 'TransactionCaptured':
        if (entry.status === 'captured') this.report('charged-once', subject, 'captured twice');
        else expect(entry.status === 'authorised', 'not authorised');
        if (event.data.amount.amountMinor !== entry.amountMinor) {
          this.report('charged-once', subject, `captured ${event.data.amount.amountMinor} of ${entry.amountMinor}`);
        }
        entry.status = 'captured';
        return;
      case 'TransactionVoided':
      case 'TransactionExpired':
        expect(entry.status === 'requested' || entry.status === 'authorised', 'not open');
        entry.status = event.type === 'TransactionVoided' ? 'voided' : 'expired';
        return;
      case 'TransactionRefunded':
        if (entry.refunds.get(event.data.refundId)?.isBooked !== true) {
          this.report('steps-in-order', subject, `refund ${event.data.refundId} is called done, and no card got it`);
        }
        return;
      case 'TransactionRefundRequested':
        this.#refund(id, entry, event.data);
        return;
      default:
        event satisfies never;
    }
  }

  applyCard(cardId: string, event: CardEvent): void {
    const subject = `card-${cardId}`;
    if (event.type === 'CardIssued') {
      if (this.cards.has(cardId)) {
        this.report('ids-unique', subject, 'issued twice');
        return;
      }
      const { currency, amountMinor: limitMinor } = event.data.limit;
      this.cards.set(cardId, { currency, limitMinor, balanceMinor: 0, reservedMinor: 0, bookings: new Map() });
      return;
    }
    const card = this.cards.get(cardId);
    const entry = this.transactions.get(event.data.transactionId);
    if (card === undefined || entry === undefined) {
      const missing = card === undefined ? 'its card' : `transaction ${event.data.transactionId}`;
      this.report('steps-in-order', subject, `${event.type} without ${missing}`);
      return;
    }
    this.#onCard(cardId, card, entry, event);
  }

  #onCard(cardId: string, card: CardEntry, entry: TransactionEntry, event: Exclude<CardEvent, { type: 'CardIssued' }>) {
    const subject = `card-${cardId}`;
    const { transactionId } = event.data;
    if (event.type === 'ReservationKept') {
      if (entry.onCard !== 'reserved') this.report('steps-in-order', subject, `${transactionId} kept: ${entry.onCard}`);
      return;
    }
    const { amount } = event.data;
    const isFirst = entry.onCard === 'nothing';
    switch (event.type) {
      case 'ReservationRefused':
        if (!isFirst) this.report('charged-once', subject, `${transactionId} refused, was ${entry.onCard}`);
        entry.onCard = 'refused';
        return;
      case 'AmountReserved': {
        if (!isFirst) this.report('charged-once', subject, `${transactionId} reserved, was ${entry.onCard}`);
        entry.onCard = 'reserved';
        card.reservedMinor += amount.amountMinor;
        const leftMinor = card.limitMinor + card.balanceMinor - card.reservedMinor;
        if (leftMinor < 0) this.report('card-limit', subject, `${-leftMinor} over its limit with ${transactionId}`);
        return;
      }
      case 'ReservationReleased':
        if (entry.onCard !== 'reserved')
          this.report('charged-once', subject, `${transactionId} released: ${entry.onCard}`);
        if (entry.status === 'authorised' || entry.status === 'captured' || entry.status === 'requested') {
          this.report('steps-in-order', subject, `${transactionId} was released and is ${entry.status}`);
        }
        entry.onCard = 'released';
        card.reservedMinor -= amount.amountMinor;
        return;
      case 'AmountBooked':
        if (entry.onCard !== 'reserved')
          this.report('charged-once', subject, `${transactionId} booked, was ${entry.onCard}`);
        if (entry.status !== 'captured')
          this.report('steps-in-order', subject, `${transactionId} booked: ${entry.status}`);
        if (amount.amountMinor !== entry.amountMinor)
          this.report(
            'balance-adds-up',
            subject,
            `${transactionId} booked ${amount.amountMinor} of ${entry.amountMinor}`,
          );
        entry.onCard = 'booked';
        card.reservedMinor -= amount.amountMinor;
        this.#booked(subject, card, event.data, transactionId, -amount.amountMinor);
        return;
      case 'CreditAnnounced':
        if (!entry.refunds.has(event.data.refundId))
          this.report('steps-in-order', subject, `${event.data.refundId} unasked`);
        return;
      case 'CreditBooked': {
        const refund = entry.refunds.get(event.data.refundId);
        if (refund === undefined || refund.isBooked) {
          this.report('refund-within-paid', subject, `refund ${event.data.refundId} ${refund ? 'twice' : 'unasked'}`);
        }
        if (refund !== undefined && amount.amountMinor !== refund.amountMinor) {
          const detail = `${event.data.refundId} booked ${amount.amountMinor} of ${refund.amountMinor}`;
          this.report('balance-adds-up', subject, detail);
        }
        if (refund !== undefined) refund.isBooked = true;
        this.#booked(subject, card, event.data, event.data.refundId, amount.amountMinor);
        return;
      }
      default:
        event satisfies never;
    }
  }

  #booked(
    subject: string,
    card: CardEntry,
    { balanceMinor }: CardOf<'AmountBooked' | 'CreditBooked'>,
    id: string,
    changeMinor: number,
  ): void {
    card.bookings.set(id, changeMinor);
    card.balanceMinor += changeMinor;
    if (balanceMinor !== card.balanceMinor) {
      this.report('balance-adds-up', subject, `booked to ${balanceMinor}, it is ${card.balanceMinor}`);
    }
  }

  #refund(
    id: string,
    entry: TransactionEntry,
    { refundId, amount }: Extract<TransactionEvent, { type: 'TransactionRefundRequested' }>['data'],
  ): void {
    const subject = `transaction-${id}`;
    if (entry.status !== 'captured') this.report('refund-within-paid', subject, `refunded, but is ${entry.status}`);
    if (entry.refunds.has(refundId)) this.report('refund-within-paid', subject, `refund ${refundId} asked for twice`);
    entry.refunds.set(refundId, { amountMinor: amount.amountMinor, isBooked: false });
    const refundedMinor = [...entry.refunds.values()].reduce((sum, { amountMinor }) => sum + amountMinor, 0);
    if (refundedMinor > entry.amountMinor) {
      this.report('refund-within-paid', subject, `${refundedMinor} given back of ${entry.amountMinor}`);
    }
  }
}

const opened = (event: Extract<TransactionEvent, { type: 'TransactionRequested' | 'TransactionBarred' }>) => {
  const isRequest = event.type === 'TransactionRequested';
  const entry: TransactionEntry = {
    amountMinor: isRequest ? event.data.amount.amountMinor : 0,
    currency: isRequest ? event.data.amount.currency : '',
    cardId: isRequest ? event.data.card?.cardId : undefined,
    status: isRequest ? 'requested' : 'barred',
    onCard: 'nothing',
    refunds: new Map(),
  };
  return entry;
};
