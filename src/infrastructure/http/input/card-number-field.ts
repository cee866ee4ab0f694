import { rule } from './rule.js';

/** 12 to 19 digits, with spaces or dashes between them (ISO/IEC 7812); the check digit is the bank's to look at. */
export const IsCardNumber = (): PropertyDecorator =>
  rule({
    name: 'isCardNumber',
    message: 'must be a card number of 12 to 19 digits',
    schema: { type: 'string', pattern: '^[0-9](?:[ -]?[0-9]){11,18}$' },
    normalise: (text) => text.trim(),
    isValid: (value) => typeof value === 'string' && /^[0-9](?:[ -]?[0-9]){11,18}$/.test(value),
  });
