import { type NeedsHumanDocument, needsHuman } from '../../projections/ticketing/needs-human.js';
import { type OrderDocument, orders, type Review } from '../../projections/ticketing/orders.js';
import type { Cursors } from '../cursor.js';
import { limitOf, type Page, type PageRequest, pageOf } from '../pages.js';
import type { ViewStore } from '../ports/views.js';
import { Documents } from '../views/documents.js';
import { pageQuery } from '../views/page-query.js';
import { type OrderResource, orderResource } from './order-resource.js';

/** Why a person must look at an order; an order with two reasons is listed twice. */
export interface OpenReview extends Review {
  readonly orderId: string;
}

type Row = OpenReview & { readonly key: string };

/** Orders as their buyers and operators see them. */
export class OrderQueries {
  readonly #orders: Documents<OrderDocument>;
  readonly #needsHuman: Documents<NeedsHumanDocument>;

  constructor(
    views: Pick<ViewStore, 'get' | 'find'>,
    private readonly cursors: Cursors,
  ) {
    this.#orders = new Documents(views, orders, 'orders');
    this.#needsHuman = new Documents(views, needsHuman, 'needs-human');
  }

  /** @throws ViewsUnavailable */
  async get(orderId: string): Promise<OrderResource | undefined> {
    const document = await this.#orders.get(orderId);
    return document === undefined ? undefined : orderResource(document);
  }

  /** What waits for a person, the oldest first. @throws InvalidCursor, InvalidFilter, ViewsUnavailable */
  async needsHuman(query: PageRequest): Promise<Page<OpenReview>> {
    const limit = limitOf(query);
    const name = ['needs-human'];
    const from = query.cursor === undefined ? undefined : this.cursors.open(name, query.cursor);
    const find = (field: 'stuckKey' | 'paidKey') => this.#needsHuman.find(pageQuery({ field }, { from, limit }));
    const rows = [
      ...(await find('stuckKey')).flatMap(({ orderId, stuck, stuckKey }) => rowOf(orderId, stuck, stuckKey)),
      ...(await find('paidKey')).flatMap(({ orderId, paidAfterExpiry, paidKey }) =>
        rowOf(orderId, paidAfterExpiry, paidKey),
      ),
    ];
    const sign = from?.towards === 'prev' ? -1 : 1;
    rows.sort((left, right) => (left.key < right.key ? -sign : sign));
    const list = { cursors: this.cursors, name, keyOf: (row: Row) => row.key };
    const page = pageOf(list, rows.slice(0, limit + 1), { from, limit });
    return { ...page, items: page.items.map(({ orderId, reason, since }) => ({ orderId, reason, since })) };
  }
}

const rowOf = (orderId: string, matter: Review | null, key: string | null): readonly Row[] =>
  matter === null || key === null ? [] : [{ orderId, ...matter, key }];
