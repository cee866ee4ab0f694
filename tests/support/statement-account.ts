import type { Position } from '../../src/application/ports/event-store.js';
import type { AppliedEvent } from '../../src/application/ports/views.js';
import { projectEvent } from '../../src/application/views/view-builder.js';
import type { CardEvent } from '../../src/domain/banking/card-events.js';
import { statement } from '../../src/projections/banking/statement.js';
import { catalogue } from './read-side.js';

export interface ExpectedLine {
  readonly lineId: string;
  readonly creditDebit: 'C' | 'D';
  readonly amountMinor: number;
  status: 'booked' | 'processing' | 'future' | 'released';
  at: number;
  seq: number;
}

/** A card as its commands make it: the events for the projection, and the lines that must come of them. */
export class StatementAccount {
  readonly applied: AppliedEvent[] = [];
  readonly lines: ExpectedLine[] = [];
  balanceMinor = 0;
  #revision = 0;

  constructor(
    readonly cardId: string,
    readonly currency: string,
    public now: number,
  ) {
    const limit = this.#money(1_000_000);
    const card = { cardId, brand: 'visa', lastFour: '4242', expiryMonth: 1, expiryYear: 2030, holder: 'Ana', limit };
    this.#happened({ type: 'CardIssued', data: { ...card, issuedAt: now } });
  }

  reserve(amountMinor: number, description = 'Noite'): void {
    const transactionId = `x-${this.#revision}`;
    this.#line({ lineId: transactionId, creditDebit: 'D', amountMinor, status: 'processing' });
    const amount = this.#money(amountMinor);
    this.#happened({ type: 'AmountReserved', data: { transactionId, amount, description, reservedAt: this.now } });
  }

  /** The oldest payment that is open. */
  book(description = 'Noite'): void {
    const line = this.#end('processing', 'booked');
    if (line === undefined) return;
    this.balanceMinor -= line.amountMinor;
    const booked = { amount: this.#money(line.amountMinor), description, balanceMinor: this.balanceMinor };
    this.#happened({ type: 'AmountBooked', data: { transactionId: line.lineId, ...booked, bookedAt: this.now } });
  }

  release(): void {
    const line = this.#end('processing', 'released');
    if (line === undefined) return;
    const amount = this.#money(line.amountMinor);
    this.#happened({
      type: 'ReservationReleased',
      data: { transactionId: line.lineId, amount, releasedAt: this.now },
    });
  }

  refuse(amountMinor: number): void {
    const reason = { code: 'over_limit', networkCode: '51', mayRetry: false };
    const amount = this.#money(amountMinor);
    this.#happened({
      type: 'ReservationRefused',
      data: { transactionId: `no-${this.#revision}`, amount, ...reason, refusedAt: this.now },
    });
  }

  announce(amountMinor: number, description = 'Refund'): void {
    const refundId = `r-${this.#revision}`;
    this.#line({ lineId: refundId, creditDebit: 'C', amountMinor, status: 'future' });
    const credit = { refundId, transactionId: 'x', amount: this.#money(amountMinor), description };
    this.#happened({ type: 'CreditAnnounced', data: { ...credit, announcedAt: this.now } });
  }

  /** The oldest credit that is announced. */
  credit(description = 'Refund'): void {
    const line = this.#end('future', 'booked');
    if (line === undefined) return;
    this.balanceMinor += line.amountMinor;
    const booked = { amount: this.#money(line.amountMinor), description, balanceMinor: this.balanceMinor };
    this.#happened({
      type: 'CreditBooked',
      data: { refundId: line.lineId, transactionId: 'x', ...booked, bookedAt: this.now },
    });
  }

  #money(amountMinor: number) {
    return { amountMinor, currency: this.currency };
  }

  #line(line: Omit<ExpectedLine, 'at' | 'seq'>): void {
    this.lines.push({ ...line, at: this.now, seq: this.#revision });
  }

  #end(open: ExpectedLine['status'], end: ExpectedLine['status']): ExpectedLine | undefined {
    const line = this.lines.find(({ status }) => status === open);
    if (line === undefined) return undefined;
    line.status = end;
    line.seq = this.#revision;
    line.at = this.now;
    return line;
  }

  #happened(event: CardEvent): void {
    const revision = this.#revision++;
    const position = revision.toString(16).padStart(16, '0') as Position;
    this.applied.push(
      projectEvent(catalogue, statement, {
        id: `event-${revision}`,
        ...catalogue.encode(event, { correlationId: 'c', causationId: 'c' }),
        stream: `card-${this.cardId}`,
        revision: BigInt(revision),
        position,
        recordedAt: this.now,
      }),
    );
  }
}
