import { count, object, type ShapeType, text } from './shape.js';

/** An amount in the minor unit of its currency (ISO 4217), from zero up. */
export const money = object({ amountMinor: count, currency: text });
export type Money = ShapeType<typeof money>;

const noMinorUnit = new Set('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF'.split(' '));
const thousandths = new Set('BHD JOD KWD OMR TND'.split(' '));

/** How many decimal digits the minor unit of a currency stands for (ISO 4217 exponent). */
const exponentOf = (currency: string): number => {
  if (noMinorUnit.has(currency)) return 0;
  return thousandths.has(currency) ? 3 : 2;
};

/** A decimal text of an amount of minor units, e.g. 1234 EUR → "12.34". Signs are kept. */
export const decimalOf = (amountMinor: number, currency: string): string => {
  const exponent = exponentOf(currency);
  const sign = amountMinor < 0 ? '-' : '';
  const digits = Math.abs(amountMinor)
    .toString()
    .padStart(exponent + 1, '0');
  if (exponent === 0) return sign + digits;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
};
