import type { DataOf } from '../decider.js';
import type { CardEvent, UsedToken } from './card-events.js';
import type { Decline } from './decline.js';
import { confirmationLastsMs } from './transaction.js';

export interface Reservation {
  readonly amountMinor: number;
  readonly description: string;
  readonly at: number;
  /** When it is looked at again, once its payment was found to be authorised. */
  keptUntil?: number;
}

/** How a transaction ended on this card. `at` is when it was reserved or refused. */
export interface Ending {
  readonly at: number;
  /** Set when the card refused it. */
  readonly decline?: Decline;
}

export interface AnnouncedCredit {
  readonly transactionId: string;
  readonly description: string;
  readonly amountMinor: number;
}

/** A card's account in memory. Amounts are minor units of the limit's currency. */
export interface CardAccount {
  readonly status: 'issued';
  readonly issued: DataOf<CardEvent, 'CardIssued'>;
  /** Credits less debits: negative when the holder owes. */
  balanceMinor: number;
  /** Sum of the open reservations. */
  reservedMinor: number;
  readonly reservations: Map<string, Reservation>;
  /** The last transactions that ended here, oldest first. */
  readonly endings: Map<string, Ending>;
  /**
   * Time of the youngest ending that was forgotten. A transaction that was requested later can't be one of those that
   * were forgotten, since each was reserved or refused after its request.
   */
  forgottenUntil: number;
  /** When each used token may be forgotten, by its hash, as {@link tokenForgottenAt} says. */
  readonly usedTokens: Map<string, number>;
  /** Credits announced and not booked yet. */
  readonly announced: Map<string, AnnouncedCredit>;
  /** Ids of all booked credits, kept for good: they are few, and forgetting one could pay it twice. */
  readonly credited: Set<string>;
  /** Time of the last event. */
  lastAt: number;
}

export type CardState = { readonly status: 'none' } | CardAccount;

/** Ended transactions that a card remembers. */
export const rememberedEndings = 500;

/**
 * From when a token pays for nothing any more. A payment that was requested before its token ended may come to the card
 * later: once its holder has confirmed it, or what a crash left is resumed.
 */
export const tokenForgottenAt = ({ endsAt }: UsedToken): number => endsAt + 2 * confirmationLastsMs;

export const evolve = (state: CardState, event: CardEvent): CardState => {
  if (state.status === 'none') return event.type === 'CardIssued' ? openAccount(event.data) : state;
  apply(state, event);
  return state;
};

const openAccount = (issued: DataOf<CardEvent, 'CardIssued'>): CardAccount => ({
  status: 'issued',
  issued,
  balanceMinor: 0,
  reservedMinor: 0,
  reservations: new Map(),
  endings: new Map(),
  forgottenUntil: Number.NEGATIVE_INFINITY,
  usedTokens: new Map(),
  announced: new Map(),
  credited: new Set(),
  lastAt: issued.issuedAt,
});

const apply = (account: CardAccount, event: CardEvent): void => {
  switch (event.type) {
    case 'CardIssued':
      return;
    case 'AmountReserved': {
      const { transactionId, amount, description, token, reservedAt } = event.data;
      if (account.reservations.has(transactionId)) return;
      const { amountMinor } = amount;
      account.reservations.set(transactionId, { amountMinor, description, at: reservedAt });
      account.reservedMinor += amountMinor;
      account.lastAt = reservedAt;
      use(account, token);
      return;
    }
    case 'ReservationRefused': {
      const { transactionId, code, networkCode, mayRetry, token, refusedAt } = event.data;
      end(account, transactionId, { at: refusedAt, decline: { code, networkCode, mayRetry } });
      account.lastAt = refusedAt;
      use(account, token);
      return;
    }
    case 'ReservationKept': {
      const reservation = account.reservations.get(event.data.transactionId);
      if (reservation !== undefined) reservation.keptUntil = event.data.keptUntil;
      return;
    }
    case 'ReservationReleased':
      closeReservation(account, event.data.transactionId);
      account.lastAt = event.data.releasedAt;
      return;
    case 'AmountBooked': {
      if (closeReservation(account, event.data.transactionId) === undefined) return;
      account.balanceMinor -= event.data.amount.amountMinor;
      account.lastAt = event.data.bookedAt;
      return;
    }
    case 'CreditAnnounced': {
      const { refundId, transactionId, description, amount, announcedAt } = event.data;
      account.announced.set(refundId, { transactionId, description, amountMinor: amount.amountMinor });
      account.lastAt = announcedAt;
      return;
    }
    case 'CreditBooked':
      if (!account.announced.delete(event.data.refundId)) return;
      account.credited.add(event.data.refundId);
      account.balanceMinor += event.data.amount.amountMinor;
      account.lastAt = event.data.bookedAt;
      return;
    default:
      event satisfies never;
  }
};

const use = (account: CardAccount, token: UsedToken | undefined): void => {
  for (const [hash, forgottenAt] of account.usedTokens) {
    if (forgottenAt > account.lastAt) break;
    account.usedTokens.delete(hash);
  }
  if (token !== undefined) account.usedTokens.set(token.hash, tokenForgottenAt(token));
};

const end = (account: CardAccount, transactionId: string, ending: Ending): void => {
  account.endings.set(transactionId, ending);
  if (account.endings.size <= rememberedEndings) return;
  for (const [oldestId, oldest] of account.endings) {
    account.endings.delete(oldestId);
    account.forgottenUntil = Math.max(account.forgottenUntil, oldest.at);
    return;
  }
};

const closeReservation = (account: CardAccount, transactionId: string): Reservation | undefined => {
  const reservation = account.reservations.get(transactionId);
  if (reservation === undefined) return undefined;
  account.reservations.delete(transactionId);
  account.reservedMinor -= reservation.amountMinor;
  end(account, transactionId, { at: reservation.at });
  return reservation;
};

/** What the card may still spend, in minor units. */
export const availableMinor = ({ issued, balanceMinor, reservedMinor }: CardAccount): number =>
  issued.limit.amountMinor + balanceMinor - reservedMinor;

/** What became of a transaction on this card; `forgotten` may also be one that never came here. */
export type Reserved =
  | { readonly status: 'reserved' }
  | { readonly status: 'refused'; readonly decline: Decline }
  | { readonly status: 'ended' }
  | { readonly status: 'none' };

export const reservationOf = (state: CardState, transactionId: string): Reserved => {
  if (state.status === 'none') return { status: 'none' };
  if (state.reservations.has(transactionId)) return { status: 'reserved' };
  const ending = state.endings.get(transactionId);
  if (ending === undefined) return { status: 'none' };
  return ending.decline === undefined ? { status: 'ended' } : { status: 'refused', decline: ending.decline };
};
