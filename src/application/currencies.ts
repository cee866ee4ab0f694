import { data } from 'currency-codes';

/** Digits of the minor unit of each currency that is in use (ISO 4217, list one). */
const exponents: ReadonlyMap<string, number> = new Map(data.map(({ code, digits }) => [code, digits]));

/** Codes of list one that stand for no money that can be paid: metals, units of account of banks, tests, and none. */
const notPayable = /^X(?:AG|AU|B[A-D]|DR|PD|PT|SU|TS|UA|XX)$/;

/** Whether amounts can be in this currency: its alphabetic code of ISO 4217. */
export const isCurrency = (code: string): boolean => exponents.has(code) && !notPayable.test(code);

/** A decimal text of an amount of minor units, e.g. 1234 EUR → "12.34". Signs are kept. */
export const decimalOf = (amountMinor: number, currency: string): string => {
  const exponent = exponents.get(currency) ?? 2;
  const sign = amountMinor < 0 ? '-' : '';
  const digits = Math.abs(amountMinor)
    .toString()
    .padStart(exponent + 1, '0');
  if (exponent === 0) return sign + digits;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
};
