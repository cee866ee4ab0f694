import { escapedKey } from '../../projections/escaped-key.js';
import { availability, type SaleDocument, type SeatMapDocument } from '../../projections/ticketing/availability.js';
import type { Cursors } from '../cursor.js';
import { limitOf, type Page, type PageRequest, pageOf } from '../pages.js';
import type { ViewStore } from '../ports/views.js';
import { Documents } from '../views/documents.js';
import { pageQuery } from '../views/page-query.js';

export interface Sale extends Omit<SaleDocument, 'listKey' | 'hasSeats' | 'opensAt' | 'closesAt'> {
  readonly free: number;
  /** When it opens and closes by itself. */
  readonly opensAt?: number;
  readonly closesAt?: number;
}

export interface Seat {
  readonly seat: string;
  readonly status: 'free' | 'held' | 'sold';
}

export interface SaleDetail extends Sale {
  /** Where places have names. */
  readonly seats?: readonly Seat[];
}

/** Sales and what they have left. */
export class SaleQueries {
  readonly #sales: Documents<SaleDocument>;
  readonly #seatMaps: Documents<SeatMapDocument>;

  constructor(
    views: Pick<ViewStore, 'get' | 'find'>,
    private readonly cursors: Cursors,
  ) {
    this.#sales = new Documents(views, availability, 'sales');
    this.#seatMaps = new Documents(views, availability, 'seat-maps');
  }

  /** Sales in the order of their shows, earliest first. @throws InvalidCursor, InvalidFilter, ViewsUnavailable */
  async list(query: PageRequest & { readonly status?: Sale['status'] }): Promise<Page<Sale>> {
    const { status, cursor } = query;
    const limit = limitOf(query);
    const name = ['sales', status];
    const from = cursor === undefined ? undefined : this.cursors.open(name, cursor);
    const where = status === undefined ? {} : { status };
    const rows = await this.#sales.find(pageQuery({ field: 'listKey', where }, { from, limit }));
    const page = pageOf({ cursors: this.cursors, name, keyOf: (sale) => sale.listKey }, rows, { from, limit });
    return { ...page, items: page.items.map(saleOf) };
  }

  /** @throws ViewsUnavailable */
  async get(saleId: string): Promise<SaleDetail | undefined> {
    const sale = await this.#sales.get(saleId);
    if (sale === undefined) return undefined;
    const map = sale.hasSeats ? await this.#seatMaps.get(saleId) : undefined;
    return { ...saleOf(sale), ...(map !== undefined && { seats: seatsOf(map) }) };
  }
}

const saleOf = (document: SaleDocument): Sale => {
  const { saleId, name, venue, startsAt, timeZone, price, status, perPersonLimit, holdSeconds } = document;
  const { capacity, held, sold, asOf, revision, opensAt, closesAt } = document;
  const hours = { ...(opensAt !== null && { opensAt }), ...(closesAt !== null && { closesAt }) };
  const terms = { saleId, name, venue, startsAt, timeZone, price, status, perPersonLimit, holdSeconds };
  return { ...terms, ...hours, capacity, held, sold, free: capacity - held - sold, asOf, revision };
};

const seatsOf = ({ seats, taken }: SeatMapDocument): readonly Seat[] =>
  seats.map((seat) => ({ seat, status: taken[escapedKey(seat)] ?? 'free' }));
