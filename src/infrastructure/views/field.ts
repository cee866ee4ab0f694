const segment = /^(?!\d+$)[A-Za-z0-9_-]{1,512}$/;
const refused = new Set(['__proto__', 'constructor', 'prototype']);

/** The field that a store may keep beside a view's own: the positions applied. */
export const ownField = 'applied';

/**
 * The steps of a field's path: `card.lastFour` is the field `lastFour` inside the field `card`. A name itself never has
 * a dot in it, and is never a bare number, which would be taken for a place in a list.
 * @throws Error for a name that isn't made of letters, digits, `_` and `-`
 */
export const pathOf = (field: string): readonly string[] => {
  const steps = field.split('.');
  if (steps[0] === ownField) throw new Error(`${ownField} is the store's own field`);
  for (const step of steps) {
    if (!segment.test(step) || refused.has(step)) throw new Error(`a view's field can't be named ${field}`);
  }
  return steps;
};

/** Names seen to be good and without a dot: there are as many as views have fields, and none comes from outside. */
const plainNames = new Set<string>();
const keptNames = 1_000;

/** Whether it is the name of a field at the top of a document, and a good one. */
export const isPlainName = (field: string): boolean => {
  if (plainNames.has(field)) return true;
  if (field === '_id' || pathOf(field).length > 1) return false;
  if (plainNames.size < keptNames) plainNames.add(field);
  return true;
};
