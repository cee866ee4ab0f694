/** Members of a state that only find things faster: they hold nothing that isn't elsewhere in it. */
const bookkeeping: ReadonlySet<string> = new Set(['heapIndex']);

/** What JSON has a form for; objects of a class of their own, such as a heap, have none. */
const hasForm = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/** An aggregate's state as JSON can carry it: maps as objects, sets as lists, 64-bit numbers as text. */
export const plainState = (value: unknown): unknown => {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value) || value instanceof Set) return [...value].map(plainState);
  if (value instanceof Map) return plainFields([...value].map(([key, entry]) => [String(key), entry]));
  return hasForm(value) ? plainFields(Object.entries(value)) : undefined;
};

const plainFields = (entries: readonly (readonly [string, unknown])[]): unknown =>
  Object.fromEntries(
    entries
      .filter(([name]) => !bookkeeping.has(name))
      .map(([name, entry]) => [name, plainState(entry)] as const)
      .filter(([, entry]) => entry !== undefined),
  );
