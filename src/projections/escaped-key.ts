const taken = new Set(['', 'constructor', 'prototype']);

/**
 * A field's name made from any text, different for different texts: other characters than letters, digits and `-` become
 * `_<hex>_`, and what a document can't have as a name (digits alone, names of JavaScript's own) begins with `_`.
 */
export const escapedKey = (text: string): string => {
  const key = text.replace(/[^A-Za-z0-9-]/g, (unit) => `_${unit.charCodeAt(0).toString(16)}_`);
  return taken.has(key) || /^\d+$/.test(key) ? `_${key}` : key;
};
