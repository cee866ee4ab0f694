import type { Query, Scalar, Where } from '../../../application/ports/views.js';
import { pathOf } from '../field.js';

export interface Sql {
  readonly text: string;
  readonly values: readonly (string | number)[];
}

const sql = (text: string, ...values: readonly (string | number)[]): Sql => ({ text, values });
const nothing = sql('0');

const joined = (parts: readonly Sql[], word: string): Sql =>
  sql(`(${parts.map((part) => part.text).join(` ${word} `)})`, ...parts.flatMap((part) => part.values));

const pathText = (field: string): string =>
  `'$${pathOf(field)
    .map((step) => `."${step}"`)
    .join('')}'`;

/** A field's value as SQL: the same text in queries and indexes, or SQLite wouldn't use the index. */
const fieldOf = (field: string): string => (field === '_id' ? 'id' : `json_extract(doc, ${pathText(field)})`);

/** Fields of an index or order; each is a field or `-field`. */
export const orderOf = (fields: readonly string[]): string =>
  [...fields, ...(fields.some((field) => field === '_id' || field === '-_id') ? [] : ['_id'])]
    .map((field) => (field.startsWith('-') ? `${fieldOf(field.slice(1))} DESC` : fieldOf(field)))
    .join(', ');

type Kind = 'text' | 'number' | 'truth';

const jsonTypes: Readonly<Record<Kind, string>> = {
  text: "('text')",
  number: "('integer','real')",
  truth: "('true','false')",
};

const kindOf = (value: Exclude<Scalar, null>): Kind => {
  if (typeof value === 'string') return 'text';
  return typeof value === 'boolean' ? 'truth' : 'number';
};

const bound = (value: Exclude<Scalar, null>): string | number => {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new Error('a query compares with finite numbers only');
  return value;
};

/** SQLite would compare a number with a text, and 1 with true: a field is compared with its own kind only. */
const ofKind = (field: string, kind: Kind, comparison: Sql): Sql =>
  field === '_id'
    ? comparison
    : sql(`(${comparison.text} AND json_type(doc, ${pathText(field)}) IN ${jsonTypes[kind]})`, ...comparison.values);

const isIn = (field: string, values: readonly Scalar[]): Sql => {
  const kinds = new Map<Kind, (string | number)[]>();
  for (const value of values) {
    if (value === null) continue;
    const kind = kindOf(value);
    kinds.set(kind, [...(kinds.get(kind) ?? []), bound(value)]);
  }
  const parts = [...kinds].map(([kind, list]) =>
    ofKind(field, kind, sql(`${fieldOf(field)} IN (${list.map(() => '?').join(',')})`, ...list)),
  );
  if (values.includes(null)) parts.push(sql(`${fieldOf(field)} IS NULL`));
  return parts.length === 0 ? nothing : joined(parts, 'OR');
};

const comparisons = { $gt: '>', $gte: '>=', $lt: '<', $lte: '<=' } as const;

const compared = (field: string, operator: keyof typeof comparisons, value: Scalar): Sql => {
  if (value === null) return operator.endsWith('e') ? sql(`${fieldOf(field)} IS NULL`) : nothing;
  return ofKind(field, kindOf(value), sql(`${fieldOf(field)} ${comparisons[operator]} ?`, bound(value)));
};

const condition = (field: string, wanted: Where[string]): readonly Sql[] => {
  if (typeof wanted !== 'object' || wanted === null) return [isIn(field, [wanted])];
  return Object.keys(wanted).map((operator) => {
    if (operator === '$in') return isIn(field, wanted.$in ?? []);
    if (operator === '$gt' || operator === '$gte' || operator === '$lt' || operator === '$lte') {
      const value = wanted[operator];
      if (value !== undefined) return compared(field, operator, value);
    }
    throw new Error(`a query can't compare ${field} by ${operator}`);
  });
};

/** A query over a table of documents, with every value bound. A missing field counts as null. */
export const selectOf = (table: string, { where = {}, sort = [], limit }: Query): Sql => {
  if (!Number.isSafeInteger(limit) || limit < 1) throw new Error('a query has a limit from 1 up');
  const conditions = Object.entries(where).flatMap(([field, wanted]) => condition(field, wanted));
  const filter = conditions.length === 0 ? sql('1') : joined(conditions, 'AND');
  return sql(
    `SELECT id, doc FROM ${table} WHERE ${filter.text} ORDER BY ${orderOf(sort)} LIMIT ?`,
    ...filter.values,
    limit,
  );
};
