import { $inc, $max, $min, $push, $set, $unset } from 'mingo/operators/update';
import type { Change } from '../../../projections/projection.js';
import { pathOf } from './field.js';

export type Fields = Record<string, unknown>;

type Operator = (values: Fields) => (document: Fields) => unknown;

const operators: Readonly<Record<Exclude<keyof Change, 'collection' | 'id'>, Operator>> = {
  $set,
  $inc: $inc as Operator,
  $max,
  $min,
  $push,
  $unset: $unset as Operator,
};
const names = ['$set', '$inc', '$max', '$min', '$push', '$unset'] as const;

/** Values of the change stay as they are when the document goes on: a batch may have to be folded again. */
const owned = (values: Readonly<Record<string, unknown>>): Fields => {
  const copy: Fields = {};
  for (const field in values) {
    const value = values[field];
    pathOf(field);
    copy[field] = typeof value === 'object' && value !== null ? structuredClone(value) : value;
  }
  return copy;
};

/**
 * Brings a document on by one change, in place, with MongoDB's meaning of each operator.
 * @throws Error for `_id` and for names that a field can't have
 */
export const fold = (document: Fields, change: Change): void => {
  for (const name of names) {
    const values = change[name];
    if (values !== undefined) operators[name](owned(values))(document);
  }
};
