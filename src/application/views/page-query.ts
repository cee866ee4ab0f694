import type { Place } from '../cursor.js';
import type { Query, Where } from '../ports/views.js';

interface SortedList {
  /** A field of texts, different for each row, that the list goes up by. */
  readonly field: string;
  readonly where?: Where;
}

/** Reads one row more than a page has: whether there is another page. */
export const pageQuery = (
  { field, where = {} }: SortedList,
  { from, limit }: { readonly from: Place | undefined; readonly limit: number },
): Query => {
  const isBackwards = from?.towards === 'prev';
  const past = isBackwards ? { $lt: from.key } : { $gt: from?.key ?? '' };
  return { where: { ...where, [field]: past }, sort: [isBackwards ? `-${field}` : field], limit: limit + 1 };
};
