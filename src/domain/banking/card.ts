import { accept, type CommandOf, type Decider, refuse } from '../decider.js';
import type { CardCommand, CardDecision, CardRefusal } from './card-commands.js';
import { type CardEvent, cardEvents } from './card-events.js';
import { cardSnapshotCodec } from './card-snapshot.js';
import { availableMinor, type CardAccount, type CardState, evolve, tokenForgottenAt } from './card-state.js';
import { type Decline, declines } from './decline.js';

/** Limit of a test card's account, in minor units of the currency of its first payment. */
export const testCardLimitMinor = 1_000_000_000_000_000;

const decide = (command: CardCommand, state: CardState): CardDecision => {
  if (command.type === 'Issue') return decideIssue(command, state);
  if (command.type === 'Reserve') return decideReserve(command, state);
  if (state.status === 'none') return command.type === 'Release' ? accept() : refuse({ code: 'unknown_card' });
  switch (command.type) {
    case 'Keep': {
      const { transactionId, until } = command;
      const reservation = state.reservations.get(transactionId);
      if (reservation === undefined || (reservation.keptUntil ?? 0) >= until) return accept();
      return accept({ type: 'ReservationKept', data: { transactionId, keptUntil: until } });
    }
    case 'Release':
      return decideRelease(command, state);
    case 'Book':
      return decideBook(command, state);
    case 'AnnounceCredit':
      return decideAnnounceCredit(command, state);
    case 'BookCredit':
      return decideBookCredit(command, state);
    default:
      return command satisfies never;
  }
};

const decideIssue = (command: CommandOf<CardCommand, 'Issue'>, state: CardState): CardDecision => {
  const { type: _, now, ...card } = command;
  if (state.status === 'none') return accept({ type: 'CardIssued', data: { ...card, issuedAt: now } });
  return state.issued.issuedFor === command.issuedFor ? accept() : refuse({ code: 'card_exists' });
};

/** First moment after a card's last month, UTC: the month counts from 1, and `Date.UTC` from 0. */
export const expiresAt = ({ expiryMonth, expiryYear }: { expiryMonth: number; expiryYear: number }): number =>
  Date.UTC(expiryYear, expiryMonth, 1);

/** Each token pays once, whatever came of it, and only what was asked for before it ended. */
const declineOfToken = (
  { token, requestedAt }: CommandOf<CardCommand, 'Reserve'>,
  account: CardAccount,
  at: number,
): Decline | undefined => {
  if (token === undefined) return undefined;
  if (requestedAt >= token.endsAt || at >= tokenForgottenAt(token)) return declines.card_token_expired;
  return account.usedTokens.has(token.hash) ? declines.card_token_used : undefined;
};

const declineOf = (command: CommandOf<CardCommand, 'Reserve'>, account: CardAccount): Decline | undefined => {
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
const openTestAccount = ({
  card,
  amount,
  now,
}: CommandOf<CardCommand, 'Reserve'>): Extract<CardEvent, { type: 'CardIssued' }> => {
  const { cardId, brand, lastFour, expiryMonth, expiryYear } = card;
  const limit = { amountMinor: testCardLimitMinor, currency: amount.currency };
  const data = { cardId, brand, lastFour, expiryMonth, expiryYear, holder: 'Test card', limit, issuedAt: now };
  return { type: 'CardIssued', data };
};

const reserveOn = (command: CommandOf<CardCommand, 'Reserve'>, account: CardAccount): CardDecision => {
  const { transactionId, amount, description, token, requestedAt, now } = command;
  const by = token && { token };
  if (account.reservations.has(transactionId) || account.endings.has(transactionId)) return accept();
  if (requestedAt <= account.forgottenUntil) return refuse({ code: 'requested_too_long_ago' });
  // Never before the request, whosever clock named that: the card's memory rests on it.
  const at = Math.max(now, requestedAt, account.lastAt);
  const decline = declineOfToken(command, account, at) ?? declineOf(command, account);
  if (decline !== undefined) {
    return accept({ type: 'ReservationRefused', data: { transactionId, amount, ...decline, ...by, refusedAt: at } });
  }
  return accept({ type: 'AmountReserved', data: { transactionId, amount, description, ...by, reservedAt: at } });
};

const decideReserve = (command: CommandOf<CardCommand, 'Reserve'>, state: CardState): CardDecision => {
  if (state.status === 'issued') return reserveOn(command, state);
  if (command.card.testBehaviour === undefined) return refuse({ code: 'unknown_card' });
  const issued = openTestAccount(command);
  const opened = evolve(state, issued);
  const decided = opened.status === 'issued' ? reserveOn(command, opened) : accept<CardEvent>();
  return decided.events === undefined ? decided : accept<CardEvent>(issued, ...decided.events);
};

const decideRelease = (
  { transactionId, now }: CommandOf<CardCommand, 'Release'>,
  account: CardAccount,
): CardDecision => {
  const reservation = account.reservations.get(transactionId);
  if (reservation === undefined) return accept();
  const amount = { amountMinor: reservation.amountMinor, currency: account.issued.limit.currency };
  const releasedAt = Math.max(now, account.lastAt);
  return accept({ type: 'ReservationReleased', data: { transactionId, amount, releasedAt } });
};

const decideBook = ({ transactionId, now }: CommandOf<CardCommand, 'Book'>, account: CardAccount): CardDecision => {
  const reservation = account.reservations.get(transactionId);
  if (reservation === undefined) return accept();
  const { amountMinor, description } = reservation;
  const amount = { amountMinor, currency: account.issued.limit.currency };
  const balanceMinor = account.balanceMinor - amountMinor;
  const bookedAt = Math.max(now, account.lastAt);
  return accept({ type: 'AmountBooked', data: { transactionId, amount, description, balanceMinor, bookedAt } });
};

const decideAnnounceCredit = (
  command: CommandOf<CardCommand, 'AnnounceCredit'>,
  account: CardAccount,
): CardDecision => {
  const { refundId, transactionId, amount, description, now } = command;
  if (account.announced.has(refundId) || account.credited.has(refundId)) return accept();
  const announcedAt = Math.max(now, account.lastAt);
  return accept({ type: 'CreditAnnounced', data: { refundId, transactionId, amount, description, announcedAt } });
};

const decideBookCredit = (
  { refundId, now }: CommandOf<CardCommand, 'BookCredit'>,
  account: CardAccount,
): CardDecision => {
  const credit = account.announced.get(refundId);
  if (credit === undefined) return accept();
  const { transactionId, description, amountMinor } = credit;
  const amount = { amountMinor, currency: account.issued.limit.currency };
  const balanceMinor = account.balanceMinor + amountMinor;
  const bookedAt = Math.max(now, account.lastAt);
  const data = { refundId, transactionId, amount, description, balanceMinor, bookedAt };
  return accept({ type: 'CreditBooked', data });
};

/**
 * A card's account: decides on the limit. Reserving, releasing, booking and crediting are each named by an id, and the
 * same id again adds nothing.
 *
 * Memory stays bounded: open reservations, the last {@link rememberedEndings} ended transactions, the ids of credits, and
 * used tokens until they can't pay any more.
 * A transaction that asks to reserve after the card forgot it is refused by the age of its request, so no repeat,
 * however late, reserves a second time.
 */
export const card: Decider<CardState, CardCommand, CardEvent, CardRefusal> = {
  category: 'card',
  events: cardEvents,
  initialState: () => ({ status: 'none' }),
  evolve,
  decide,
  snapshotCodec: cardSnapshotCodec,
};
