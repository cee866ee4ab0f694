import creditCardType from 'credit-card-type';

const uuid = /(?<![0-9a-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z])/gi;
const address = /([^\s@]+)@[^\s@]+/gu;
const longRun = /\d(?:[\s\p{Pd}]{0,2}\d){12,}/gu;
const group = /\d+/g;
const beyondAscii = /[^\0-\x7f]/;

/** The check digit rule of card numbers (ISO/IEC 7812-1, annex B). */
const passesLuhn = (digits: string): boolean => {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48;
    sum += index % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0;
};

/** Whether an issuer gives out numbers that begin so, of this length. */
const isCardNumber = (digits: string): boolean =>
  digits.length >= 13 &&
  digits.length <= 19 &&
  passesLuhn(digits) &&
  creditCardType(digits).some(({ lengths }) => lengths.includes(digits.length));

/** Groups of digits that stand side by side may make a number together, with an expiry or a code before or behind it. */
const groupsHoldCard = (groups: readonly string[]): boolean =>
  groups.some((_, start) => {
    let joined = '';
    for (let index = start; index < groups.length && joined.length <= 19; index++) {
      joined += groups[index] ?? '';
      if (isCardNumber(joined)) return true;
    }
    return false;
  });

const onlyDigits = /^\d+(?:\p{Pd}\d+)*$/u;

const replaceAddress = (_: string, local: string): string => (onlyDigits.test(local) ? ` ${local} ` : ' address ');

/**
 * Whether a text holds what may be a card number: 13 to 19 digits, apart by spaces or dashes at most, that an issuer may
 * have given out and that pass Luhn. Left out are UUIDs, one in some thousands of which would look like a card, and email
 * addresses, unless the name before the @ is a card number and nothing else.
 */
export const holdsCardNumber = (text: string): boolean => {
  if (text.length < 13) return false;
  // Digits of other scripts and full-width ones become the plain ones.
  const plain = (beyondAscii.test(text) ? text.normalize('NFKC') : text).replace(uuid, 'UUID');
  if (plain.search(longRun) < 0) return false;
  const runs = [...plain.replace(address, replaceAddress).matchAll(longRun)];
  return runs.some(([run]) => groupsHoldCard(run.match(group) ?? []));
};
