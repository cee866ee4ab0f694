import type { StatementLineDocument } from '../../projections/banking/statement.js';
import type { Place } from '../cursor.js';
import type { Where } from '../ports/views.js';
import type { Documents } from '../views/documents.js';
import type { BookingRange } from './booking-range.js';

export type LineStatus = 'booked' | 'processing' | 'future';

/** A line that is shown. */
export type ShownLine = StatementLineDocument & { readonly status: LineStatus };

const pending: readonly LineStatus[] = ['processing', 'future'];
const none = -1;

const isShown = (line: StatementLineDocument): line is ShownLine => line.status !== 'released';

export type Reach = Pick<Place, 'towards'> & { readonly key?: number };

interface Bounds {
  /** Revisions of the card's stream: booked lines of the range are past the first, up to and with the second. */
  readonly after: number;
  readonly upTo: number;
  readonly openingMinor: number;
  readonly closingMinor: number;
}

interface Selection {
  readonly cardId: string;
  readonly range: BookingRange;
  readonly status: LineStatus | undefined;
  /** A revision of the card's stream: the lines are shown as they were then. */
  readonly moment: number;
}

/** A line that was pending at the moment and has ended since, as it was. */
const stillPending = (line: StatementLineDocument): ShownLine => {
  const status = line.creditDebit === 'D' ? 'processing' : 'future';
  return { ...line, status, seq: line.heardSeq, bookedAt: null, balanceMinor: null };
};

/**
 * The lines of one card in a range of days, as they were at one moment. A booked line belongs to the day of its booking, a pending one to the day on
 * which it was first heard of. Bookings never go back in time, so that the range is one piece of the booking order.
 */
export class StatementLines {
  private constructor(
    private readonly lines: Documents<StatementLineDocument>,
    private readonly selection: Selection,
    readonly bounds: Bounds,
  ) {}

  static async open(lines: Documents<StatementLineDocument>, selection: Selection): Promise<StatementLines> {
    const { cardId, range, moment } = selection;
    const lastBefore = async (end: number): Promise<StatementLineDocument | undefined> => {
      const where = { cardId, status: 'booked', bookedAt: { $lt: end }, seq: { $lte: moment } };
      const [last] = await lines.find({ where, sort: ['-bookedAt', '-seq'], limit: 1 });
      return last;
    };
    const opening = await lastBefore(range.from);
    const closing = (await lastBefore(range.before)) ?? opening;
    return new StatementLines(lines, selection, {
      after: opening?.seq ?? none,
      upTo: closing?.seq ?? none,
      openingMinor: opening?.balanceMinor ?? 0,
      closingMinor: closing?.balanceMinor ?? 0,
    });
  }

  /** Up to `limit` lines, newest first towards `next`, oldest first towards `prev`. */
  async read({ towards, key }: Reach, limit: number): Promise<readonly ShownLine[]> {
    const { cardId, range, status, moment } = this.selection;
    const past = key === undefined ? {} : towards === 'next' ? { $lt: key } : { $gt: key };
    const find = (where: Where, order: 'seq' | 'heardSeq' = 'seq') =>
      this.lines.find({ where: { cardId, ...where }, sort: [towards === 'next' ? `-${order}` : order], limit });
    const found = new Map<string, ShownLine>();
    const take = (lines: readonly StatementLineDocument[]): void => {
      for (const line of lines) if (isShown(line)) found.set(line.lineId, line);
    };
    const at = { $gte: range.from, $lt: range.before };
    for (const wanted of pending.filter((one) => status === undefined || status === one)) {
      take(await find({ status: wanted, at, seq: { $lte: moment, ...past } }));
    }
    if (status === undefined || status === 'booked') {
      const { after, upTo } = this.bounds;
      const afterKey = towards === 'prev' && key !== undefined ? Math.max(after, key) : after;
      take(await find({ status: 'booked', seq: { ...past, $gt: afterKey, $lte: upTo } }));
    }
    // Last: what ends between two reads is found twice then, not missed, and is the same both times.
    if (status !== 'booked') {
      const side = status !== undefined && { creditDebit: status === 'processing' ? 'D' : 'C' };
      const ended = { seq: { $gt: moment }, heardSeq: { $lte: moment, ...past }, at, ...side };
      take((await find(ended, 'heardSeq')).map(stillPending));
    }
    const sign = towards === 'next' ? -1 : 1;
    return [...found.values()].sort((left, right) => sign * (left.seq - right.seq)).slice(0, limit);
  }

  /** All of them, newest first. */
  async *all(): AsyncGenerator<ShownLine> {
    const pageSize = 500;
    for (let key: number | undefined; ; ) {
      const page = await this.read({ towards: 'next', ...(key !== undefined && { key }) }, pageSize);
      yield* page;
      if (page.length < pageSize) return;
      key = page.at(-1)?.seq;
    }
  }
}
