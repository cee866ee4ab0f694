import type { Cursors, Place } from './cursor.js';

export interface PageRequest {
  /** 1 to 100; 50 unless told otherwise. */
  readonly limit?: number;
  readonly cursor?: string;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Cursors of the pages beside this one, where there are rows. */
  readonly next?: string;
  readonly prev?: string;
}

/** A filter that can't be met. `field` is its name in the query. */
export class InvalidFilter extends Error {
  override readonly name = 'InvalidFilter';
  constructor(
    readonly field: string,
    reason: string,
  ) {
    super(`${field}: ${reason}`);
  }
}

/** @throws InvalidFilter */
export const limitOf = ({ limit = 50 }: PageRequest): number => {
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) throw new InvalidFilter('limit', 'is from 1 to 100');
  return limit;
};

/** A list with its filters: what its cursors are bound to. */
export interface PagedList<Row> {
  readonly cursors: Cursors;
  readonly name: readonly unknown[];
  readonly keyOf: (row: Row) => string | number;
  readonly upTo?: number;
}

interface Cut {
  readonly from: Place | undefined;
  readonly limit: number;
}

/**
 * Cuts a page out of the rows behind (or before) a place, given in that direction, one more than `limit` if there are so
 * many.
 */
export const pageOf = <Row>(list: PagedList<Row>, rows: readonly Row[], { from, limit }: Cut): Page<Row> => {
  const isBackwards = from?.towards === 'prev';
  const hasMore = rows.length > limit;
  const items = rows.slice(0, limit);
  if (isBackwards) items.reverse();
  const cursor = (towards: Place['towards'], row: Row | undefined, isThere: boolean): string | undefined => {
    if (row === undefined || !isThere) return undefined;
    const place = { towards, key: list.keyOf(row), ...(list.upTo !== undefined && { upTo: list.upTo }) };
    return list.cursors.seal(list.name, place);
  };
  const next = cursor('next', items.at(-1), isBackwards || hasMore);
  const prev = cursor('prev', items[0], isBackwards ? hasMore : from !== undefined);
  return { items, ...(next !== undefined && { next }), ...(prev !== undefined && { prev }) };
};
