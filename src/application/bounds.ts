/**
 * The largest amount of money, in minor units: of a price, an order, a limit, and of what the bank takes. Fewer digits than
 * a card's number, so that no amount is taken for one.
 */
export const maxAmountMinor = 1_000_000_000_000;

/** Of what people are called, and shows, halls, and descriptions of payments. */
export const maxNameCharacters = 200;

/** Of a card's token. */
export const maxCardTokenCharacters = 2_000;

/** Length as the bounds count it: in code points, so that a letter or an emoji beyond the first plane is one. */
export const charactersIn = (text: string): number => (text.length < 2 ? text.length : [...text].length);
