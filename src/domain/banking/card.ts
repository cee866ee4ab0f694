import { type Aggregate, accept, type Decision, refuse } from '../decider.js';
import type { Money } from '../money.js';
import { availableMinor, type CardAccount, type CardState, evolveCard } from './card-account.js';
import { type CardEvent, cardEvents } from './card-events.js';
import { cardText } from './card-text.js';
import { type Decline, declines } from './decline.js';
import type { PresentedCard } from './transaction-events.js';

export type CardCommand =
  | {
      readonly type: 'issue';
      readonly cardId: string;
      readonly brand: string;
      readonly lastFour: string;
      readonly expiryMonth: number;
      readonly expiryYear: number;
      readonly holder: string;
      readonly limit: Money;
      readonly issuedFor: string;
      readonly now: number;
    }
  | {
      readonly type: 'reserve';
      readonly transactionId: string;
      readonly amount: Money;
      readonly description: string;
      readonly card: PresentedCard;
      /** When the transaction was requested, by its own stream. */
      readonly requestedAt: number;
      readonly now: number;
    }
  | { readonly type: 'release' | 'book'; readonly transactionId: string; readonly now: number }
  | {
      readonly type: 'announce credit';
      readonly refundId: string;
      readonly transactionId: string;
      readonly amount: Money;
      readonly description: string;
      readonly now: number;
    }
  | { readonly type: 'book credit'; readonly refundId: string; readonly now: number };

/**
 * `card_exists`: the number belongs to another request.
 * `requested_too_long_ago`: the card may have forgotten how this transaction ended.
 */
export type CardRefusal =
  | { readonly code: 'unknown_card' }
  | { readonly code: 'card_exists' }
  | { readonly code: 'requested_too_long_ago' };

type Decided = Decision<CardEvent, CardRefusal>;
type CommandOf<Type extends CardCommand['type']> = Extract<CardCommand, { type: Type }>;

/** Limit of a test card's account, in minor units of the currency of its first payment. */
export const testCardLimitMinor = 1_000_000_000_000_000;

/** First moment after a card's last month, UTC: the month counts from 1, and `Date.UTC` from 0. */
const expiresAt = ({ expiryMonth, expiryYear }: { expiryMonth: number; expiryYear: number }): number =>
  Date.UTC(expiryYear, expiryMonth, 1);

const issue = (command: CommandOf<'issue'>, state: CardState): Decided => {
  const { type: _, now, ...card } = command;
  if (state.status === 'none') return accept({ type: 'CardIssued', data: { ...card, issuedAt: now } });
  return state.issued.issuedFor === command.issuedFor ? accept() : refuse({ code: 'card_exists' });
};

const declineOf = (command: CommandOf<'reserve'>, account: CardAccount): Decline | undefined => {
  const { card, amount, now } = command;
  const { issued } = account;
  if (card.testBehaviour !== undefined && card.testBehaviour !== 'approve' && card.testBehaviour !== 'confirm') {
    return declines[card.testBehaviour];
  }
  if (card.expiryMonth !== issued.expiryMonth || card.expiryYear !== issued.expiryYear) return declines.expiry_wrong;
  if (now >= expiresAt(issued)) return declines.card_expired;
  if (!card.isCodeRight) return declines.security_code_wrong;
  if (amount.currency !== issued.limit.currency) return declines.currency_not_supported;
  if (amount.amountMinor > availableMinor(account)) return declines.over_limit;
  return undefined;
};

/** Opens the account of a test card with the first payment: in its currency, with a limit that nobody reaches. */
const openTestAccount = ({ card, amount, now }: CommandOf<'reserve'>): Extract<CardEvent, { type: 'CardIssued' }> => {
  const { cardId, brand, lastFour, expiryMonth, expiryYear } = card;
  const limit = { amountMinor: testCardLimitMinor, currency: amount.currency };
  const data = { cardId, brand, lastFour, expiryMonth, expiryYear, holder: 'Test card', limit, issuedAt: now };
  return { type: 'CardIssued', data };
};

const reserveOn = (command: CommandOf<'reserve'>, account: CardAccount): Decided => {
  const { transactionId, amount, description, requestedAt, now } = command;
  if (account.reservations.has(transactionId) || account.endings.has(transactionId)) return accept();
  if (requestedAt <= account.forgottenUntil) return refuse({ code: 'requested_too_long_ago' });
  // Never before the request, whosever clock named that: the card's memory rests on it.
  const at = Math.max(now, requestedAt, account.lastAt);
  const decline = declineOf(command, account);
  if (decline !== undefined) {
    return accept({ type: 'ReservationRefused', data: { transactionId, amount, ...decline, refusedAt: at } });
  }
  return accept({ type: 'AmountReserved', data: { transactionId, amount, description, reservedAt: at } });
};

const reserve = (command: CommandOf<'reserve'>, state: CardState): Decided => {
  if (state.status === 'issued') return reserveOn(command, state);
  if (command.card.testBehaviour === undefined) return refuse({ code: 'unknown_card' });
  const issued = openTestAccount(command);
  const opened = evolveCard(state, issued);
  const decided = opened.status === 'issued' ? reserveOn(command, opened) : accept<CardEvent>();
  return decided.events === undefined ? decided : accept<CardEvent>(issued, ...decided.events);
};

const release = ({ transactionId, now }: CommandOf<'release' | 'book'>, account: CardAccount): Decided => {
  const reservation = account.reservations.get(transactionId);
  if (reservation === undefined) return accept();
  const amount = { amountMinor: reservation.amountMinor, currency: account.issued.limit.currency };
  const releasedAt = Math.max(now, account.lastAt);
  return accept({ type: 'ReservationReleased', data: { transactionId, amount, releasedAt } });
};

const book = ({ transactionId, now }: CommandOf<'release' | 'book'>, account: CardAccount): Decided => {
  const reservation = account.reservations.get(transactionId);
  if (reservation === undefined) return accept();
  const { amountMinor, description } = reservation;
  const amount = { amountMinor, currency: account.issued.limit.currency };
  const balanceMinor = account.balanceMinor - amountMinor;
  const bookedAt = Math.max(now, account.lastAt);
  return accept({ type: 'AmountBooked', data: { transactionId, amount, description, balanceMinor, bookedAt } });
};

const announceCredit = (command: CommandOf<'announce credit'>, account: CardAccount): Decided => {
  const { refundId, transactionId, amount, description, now } = command;
  if (account.announced.has(refundId) || account.credited.has(refundId)) return accept();
  const announcedAt = Math.max(now, account.lastAt);
  return accept({ type: 'CreditAnnounced', data: { refundId, transactionId, amount, description, announcedAt } });
};

const bookCredit = ({ refundId, now }: CommandOf<'book credit'>, account: CardAccount): Decided => {
  const credit = account.announced.get(refundId);
  if (credit === undefined) return accept();
  const { transactionId, description, amountMinor } = credit;
  const amount = { amountMinor, currency: account.issued.limit.currency };
  const balanceMinor = account.balanceMinor + amountMinor;
  const bookedAt = Math.max(now, account.lastAt);
  const data = { refundId, transactionId, amount, description, balanceMinor, bookedAt };
  return accept({ type: 'CreditBooked', data });
};

const decide = (command: CardCommand, state: CardState): Decided => {
  if (command.type === 'issue') return issue(command, state);
  if (command.type === 'reserve') return reserve(command, state);
  if (state.status === 'none') return command.type === 'release' ? accept() : refuse({ code: 'unknown_card' });
  switch (command.type) {
    case 'release':
      return release({ ...command, type: 'release' }, state);
    case 'book':
      return book({ ...command, type: 'book' }, state);
    case 'announce credit':
      return announceCredit(command, state);
    case 'book credit':
      return bookCredit(command, state);
    default:
      return command satisfies never;
  }
};

/**
 * A card's account: decides on the limit. Reserving, releasing, booking and crediting are each named by an id, and the
 * same id again adds nothing.
 *
 * Memory stays bounded: open reservations, the last {@link rememberedEndings} ended transactions and the ids of credits.
 * A transaction that asks to reserve after the card forgot it is refused by the age of its request, so no repeat,
 * however late, reserves a second time.
 */
export const card: Aggregate<CardState, CardCommand, CardEvent, CardRefusal> = {
  category: 'card',
  events: cardEvents,
  initialState: () => ({ status: 'none' }),
  evolve: evolveCard,
  decide,
  text: cardText,
};
