import { defaultTimeZone } from '../../domain/time-zone.js';
import { type CardDocument, type StatementLineDocument, statement } from '../../projections/banking/statement.js';
import type { Cursors, Place } from '../cursor.js';
import { InvalidCursor } from '../cursor.js';
import { limitOf, type Page, type PageRequest, pageOf } from '../pages.js';
import type { ViewStore } from '../ports/views.js';
import { Documents } from '../views/documents.js';
import { type BookingDates, bookingRange } from './booking-range.js';
import { type CsvOptions, csvOf } from './statement-csv.js';
import { type LineStatus, type ShownLine, StatementLines } from './statement-lines.js';
import { ofxOf } from './statement-ofx.js';

/** Minor units of a currency, below zero for what the holder owes. */
export interface SignedMoney {
  readonly amountMinor: number;
  readonly currency: string;
}

export interface StatementLine {
  readonly lineId: string;
  readonly creditDebit: 'C' | 'D';
  readonly status: LineStatus;
  /** Without sign: `creditDebit` tells. */
  readonly amount: SignedMoney;
  readonly description: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly bookedAt?: number;
  /** Balance of the card after this line; of booked lines only. */
  readonly runningBalance?: SignedMoney;
}

export interface Statement extends Page<StatementLine> {
  readonly card: Pick<CardDocument, 'cardId' | 'brand' | 'lastFour' | 'currency'>;
  /** Whose days the range has. */
  readonly timeZone: string;
  /** Before the first booked line of the range, and after its last: pending lines are in neither. */
  readonly openingBalance: SignedMoney;
  readonly closingBalance: SignedMoney;
  /** Time of the card's last event, in milliseconds since the epoch, and its revision. */
  readonly asOf: number;
  readonly revision: string;
}

export interface StatementFilter extends BookingDates {
  readonly cardId: string;
  readonly status?: LineStatus;
}

interface Opened {
  readonly card: CardDocument;
  readonly moment: number;
  readonly lines: StatementLines;
}

/** Statements of cards: newest line first, declines never. */
export class StatementQueries {
  readonly #cards: Documents<CardDocument>;
  readonly #lines: Documents<StatementLineDocument>;

  constructor(
    views: Pick<ViewStore, 'get' | 'find'>,
    private readonly cursors: Cursors,
  ) {
    this.#cards = new Documents(views, statement, 'cards');
    this.#lines = new Documents(views, statement, 'lines');
  }

  /**
   * One page of the statement as it was when the first page was read: the booked lines of all pages lead from the opening
   * to the closing balance, and each line is on one page, whatever is booked meanwhile.
   * @returns undefined for an unknown card
   * @throws InvalidCursor, InvalidFilter, ViewsUnavailable
   */
  async statement(query: StatementFilter & PageRequest): Promise<Statement | undefined> {
    const limit = limitOf(query);
    const { cardId, fromBookingDate, toBookingDate, timeZone = defaultTimeZone, status } = query;
    const name = ['statement', cardId, fromBookingDate, toBookingDate, timeZone, status];
    const from = query.cursor === undefined ? undefined : this.cursors.open(name, query.cursor);
    const opened = await this.#open(query, from?.upTo);
    if (opened === undefined) return undefined;
    const { card, moment, lines } = opened;
    const { openingMinor, closingMinor } = lines.bounds;
    const rows = await lines.read(reachOf(from), limit + 1);
    const keyOf = (line: ShownLine): number => line.seq;
    const page = pageOf({ cursors: this.cursors, name, keyOf, upTo: moment }, rows, { from, limit });
    const { brand, lastFour, currency, asOf, revision } = card;
    return {
      card: { cardId, brand, lastFour, currency },
      timeZone,
      openingBalance: { amountMinor: openingMinor, currency },
      closingBalance: { amountMinor: closingMinor, currency },
      ...page,
      items: page.items.map(lineOf),
      asOf,
      revision,
    };
  }

  /** All lines as CSV (RFC 4180), in pieces; undefined for an unknown card. @throws InvalidFilter, ViewsUnavailable */
  async csv(filter: StatementFilter & CsvOptions): Promise<AsyncIterable<string> | undefined> {
    const opened = await this.#open(filter);
    return opened === undefined ? undefined : csvOf(opened.lines.all(), filter);
  }

  /** The booked lines as OFX 2.1.1, in pieces; undefined for an unknown card. @throws InvalidFilter, ViewsUnavailable */
  async ofx(filter: Omit<StatementFilter, 'status'>): Promise<AsyncIterable<string> | undefined> {
    const opened = await this.#open({ ...filter, status: 'booked' });
    if (opened === undefined) return undefined;
    const { card, lines } = opened;
    return ofxOf({ card, range: bookingRange(filter), closingMinor: lines.bounds.closingMinor, lines: lines.all() });
  }

  /** `upTo`: the moment of a walk that goes on. */
  async #open(filter: StatementFilter, upTo?: number): Promise<Opened | undefined> {
    const { cardId, status } = filter;
    const range = bookingRange(filter);
    // Before the lines: a revision older than what it comes with only makes a reader ask again.
    const card = await this.#cards.get(cardId);
    if (card === undefined) return undefined;
    const moment = upTo ?? Number(card.revision);
    return { card, moment, lines: await StatementLines.open(this.#lines, { cardId, range, status, moment }) };
  }
}

const reachOf = (place: Place | undefined) => {
  if (place === undefined) return { towards: 'next' as const };
  const { towards, key } = place;
  if (typeof key !== 'number') throw new InvalidCursor();
  return { towards, key };
};

const lineOf = (line: ShownLine): StatementLine => {
  const { lineId, creditDebit, status, amountMinor, currency, description, at, bookedAt, balanceMinor } = line;
  return {
    lineId,
    creditDebit,
    status,
    amount: { amountMinor, currency },
    description,
    at,
    ...(bookedAt !== null && { bookedAt }),
    ...(balanceMinor !== null && { runningBalance: { amountMinor: balanceMinor, currency } }),
  };
};
