/** The last digit of a card number by Luhn (ISO/IEC 7812-1, annex B), for the digits before it. */
export const checkDigitOf = (digits: string): string => {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 0 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return String((10 - (sum % 10)) % 10);
};

/** The digits of a card number as typed, without spaces and dashes; undefined if it can't be one. */
export const cardNumberOf = (typed: string): string | undefined => {
  const digits = typed.replace(/[ -]/g, '');
  if (typed.length > 40 || !/^[0-9]{12,19}$/.test(digits)) return undefined;
  const isValid = checkDigitOf(digits.slice(0, -1)) === digits.slice(-1);
  const length = lengths[brandOf(digits)];
  return isValid && (length === undefined || length === digits.length) ? digits : undefined;
};

export type Brand = 'visa' | 'mastercard' | 'amex' | 'other';

/** Length of the brand's numbers where there is only one. */
const lengths: Readonly<Partial<Record<Brand, number>>> = { mastercard: 16, amex: 15 };

/** The brand by the number's first digits. */
export const brandOf = (number: string): Brand => {
  const first = Number(number.slice(0, 4));
  if (number.startsWith('4')) return 'visa';
  if ((first >= 5100 && first <= 5599) || (first >= 2221 && first <= 2720)) return 'mastercard';
  if (number.startsWith('34') || number.startsWith('37')) return 'amex';
  return 'other';
};

/** Digits of the security code on a card of the brand. */
export const securityCodeLengthOf = (brand: Brand): number => (brand === 'amex' ? 4 : 3);
