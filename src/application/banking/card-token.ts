import { expiresAt } from '../../domain/banking/card.js';
import { brandOf, cardNumberOf, securityCodeLengthOf } from '../../domain/banking/card-number.js';
import type { TestBehaviour } from '../../domain/banking/decline.js';
import { type PresentedCard, presentedCard } from '../../domain/banking/transaction-events.js';
import { instant, object, type ShapeType } from '../../domain/shape.js';
import type { BankKey } from './bank-key.js';

/** Numbers that behave always the same. Each tokenise of one opens an account of its own. */
export const testCards: ReadonlyMap<string, TestBehaviour> = new Map<string, TestBehaviour>([
  ['4242424242424242', 'approve'],
  ['5555555555554444', 'approve'],
  ['2223003122003222', 'approve'],
  ['378282246310005', 'approve'],
  ['4000000000000002', 'generic_decline'],
  ['4000000000009995', 'insufficient_funds'],
  ['4000000000009987', 'card_lost'],
  ['4000000000009979', 'card_stolen'],
  ['4000000000000069', 'card_expired'],
  ['4000000000000127', 'security_code_wrong'],
  ['4000000000000119', 'processing_error'],
  ['4000002500003155', 'confirm'],
]);

const prefix = 'tok_';

/** How long a token is good for a payment. */
export const tokenLastsMs = 15 * 60 * 1000;

/** A card and the time from which its token starts no payment. */
const tokenText = object({ card: presentedCard, endsAt: instant });
export type OpenedToken = ShapeType<typeof tokenText>;

/** A card as it is typed by its holder. Goes no further than the bank's tokenise call. */
export interface TypedCard {
  /** Spaces and dashes are accepted. */
  readonly number: string;
  readonly expiryMonth: number;
  /** Four digits. */
  readonly expiryYear: number;
  readonly securityCode: string;
}

export interface Tokenised {
  readonly status: 'tokenised';
  readonly token: string;
  readonly cardId: string;
  readonly brand: string;
  readonly lastFour: string;
  readonly expiryMonth: number;
  readonly expiryYear: number;
  /** From when it starts no payment, in milliseconds since the epoch. */
  readonly endsAt: number;
}

/** Which field can't be of a card. Says nothing of what was typed. */
export type TypedCardRefusal =
  | { readonly status: 'refused'; readonly field: 'number'; readonly code: 'card_number_invalid' }
  | { readonly status: 'refused'; readonly field: 'expiryMonth'; readonly code: 'expiry_month_invalid' }
  | { readonly status: 'refused'; readonly field: 'expiryYear'; readonly code: 'expiry_year_invalid' | 'card_expired' }
  | { readonly status: 'refused'; readonly field: 'securityCode'; readonly code: 'security_code_invalid' };

/** The id of the account behind a number: it follows from the number, so that no index of numbers is needed. */
export const cardIdOf = (key: BankKey, number: string): string => key.id('card', number);

/** The security code that belongs to a number and its expiry. */
export const securityCodeOf = (key: BankKey, number: string, expiryMonth: number, expiryYear: number): string =>
  key.digits(securityCodeLengthOf(brandOf(number)), 'security code', number, String(expiryMonth), String(expiryYear));

const isBetween = (value: number, low: number, high: number): boolean =>
  Number.isInteger(value) && value >= low && value <= high;

/**
 * Takes a typed card for a token that ends, and tells what the bank found, and neither the number nor the code. Changes nothing
 * at the bank: whether the card exists, whether its expiry is the right one, and its limit are looked at when the token pays.
 * @param now milliseconds since the epoch
 */
export const tokenise = (key: BankKey, typed: TypedCard, now: number): Tokenised | TypedCardRefusal => {
  const { expiryMonth, expiryYear, securityCode } = typed;
  const number = cardNumberOf(typed.number);
  if (number === undefined) return { status: 'refused', field: 'number', code: 'card_number_invalid' };
  if (!isBetween(expiryMonth, 1, 12)) return { status: 'refused', field: 'expiryMonth', code: 'expiry_month_invalid' };
  if (!isBetween(expiryYear, 2000, 2099))
    return { status: 'refused', field: 'expiryYear', code: 'expiry_year_invalid' };
  const brand = brandOf(number);
  if (!/^[0-9]+$/.test(securityCode) || securityCode.length !== securityCodeLengthOf(brand)) {
    return { status: 'refused', field: 'securityCode', code: 'security_code_invalid' };
  }
  if (now >= expiresAt({ expiryMonth, expiryYear })) {
    return { status: 'refused', field: 'expiryYear', code: 'card_expired' };
  }
  const testBehaviour = testCards.get(number);
  const isTestCard = testBehaviour !== undefined;
  const cardId = isTestCard ? key.newId() : cardIdOf(key, number);
  const isCodeRight = isTestCard || securityCode === securityCodeOf(key, number, expiryMonth, expiryYear);
  const shown = { cardId, brand, lastFour: number.slice(-4), expiryMonth, expiryYear };
  const card: PresentedCard = { ...shown, isCodeRight, ...(isTestCard && { testBehaviour }) };
  const told: OpenedToken = { card, endsAt: now + tokenLastsMs };
  return {
    status: 'tokenised',
    token: prefix + key.sealing('card token').seal(JSON.stringify(told)),
    ...shown,
    endsAt: told.endsAt,
  };
};

/** What a token tells, or undefined if this bank didn't make it. */
export const openToken = (key: BankKey, token: string): OpenedToken | undefined => {
  if (!token.startsWith(prefix)) return undefined;
  const text = key.sealing('card token').open(token.slice(prefix.length));
  if (text === undefined) return undefined;
  const told: unknown = JSON.parse(text);
  return isTokenText(told) ? told : undefined;
};

const isTokenText = (told: unknown): told is OpenedToken => tokenText.check(told, 'token') === undefined;
