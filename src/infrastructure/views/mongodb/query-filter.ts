import type { Condition, Filter, Sort } from 'mongodb';
import type { Query, Where } from '../../../application/ports/views.js';
import { pathOf } from '../field.js';
import { isShown, type StoredDocument } from './stored-document.js';

const operators: readonly string[] = ['$gt', '$gte', '$lt', '$lte', '$in'];

const checked = (field: string): string => {
  if (field !== '_id') pathOf(field);
  return field;
};

/** Nothing reaches the server as an operator that isn't one of a query's own. */
const condition = (field: string, wanted: Where[string]): Condition<unknown> => {
  if (typeof wanted !== 'object' || wanted === null) return { $eq: wanted };
  for (const [operator, value] of Object.entries(wanted)) {
    if (!operators.includes(operator) || value === undefined)
      throw new Error(`a query can't compare ${field} by ${operator}`);
  }
  return { ...wanted };
};

export const filterOf = (where: Where = {}): Filter<StoredDocument> => ({
  ...Object.fromEntries(Object.entries(where).map(([field, wanted]) => [checked(field), condition(field, wanted)])),
  ...isShown,
});

/** Fields of an index or order, each a field or `-field`; ends with `_id`. */
export const orderOf = (fields: readonly string[]): Record<string, 1 | -1> => {
  const order: Record<string, 1 | -1> = {};
  for (const field of fields) {
    if (field.startsWith('-')) order[checked(field.slice(1))] = -1;
    else order[checked(field)] = 1;
  }
  order._id ??= 1;
  return order;
};

export const sortOf = ({ sort = [] }: Query): Sort => orderOf(sort);
