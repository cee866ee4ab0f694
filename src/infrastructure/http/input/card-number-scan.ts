const uuid = /(?<![0-9a-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z])/gi;
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

const isCardNumber = (digits: string): boolean =>
  digits.length >= 13 &&
  digits.length <= 19 &&
  digits[0] !== undefined &&
  '23456'.includes(digits[0]) &&
  passesLuhn(digits);

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

/**
 * Whether a text holds what may be a card number: 13 to 19 digits, apart by spaces or dashes at most, that begin with 2
 * to 6 and pass Luhn. UUIDs are left out: one in some thousands would look like a card.
 */
export const holdsCardNumber = (text: string): boolean => {
  if (text.length < 13) return false;
  // Digits of other scripts and full-width ones become the plain ones.
  const plain = (beyondAscii.test(text) ? text.normalize('NFKC') : text).replace(uuid, 'UUID');
  for (const [run] of plain.matchAll(longRun)) {
    if (groupsHoldCard(run.match(group) ?? [])) return true;
  }
  return false;
};
