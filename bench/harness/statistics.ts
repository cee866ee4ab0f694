/** Where the values are cut in two halves. @throws RangeError for no values */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((left, right) => left - right);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new RangeError('no values have no median');
  return (upper + lower) / 2;
};

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly values: readonly number[];
}

/** To three significant digits, as more would say more than was measured. */
export const significant = (value: number): number => Number(value.toPrecision(3));

export const spreadOf = (values: readonly number[]): Spread => ({
  median: significant(median(values)),
  min: significant(Math.min(...values)),
  max: significant(Math.max(...values)),
  values: values.map(significant),
});
