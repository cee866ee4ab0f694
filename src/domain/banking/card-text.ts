import type { StateText } from '../decider.js';
import type { AnnouncedCredit, CardAccount, CardState, Ending, IssuedEvent, Reservation } from './card-account.js';

/** A card's account as JSON has it. */
interface Written {
  readonly issued: IssuedEvent;
  readonly balanceMinor: number;
  readonly reservedMinor: number;
  readonly reservations: readonly (readonly [transactionId: string, Reservation])[];
  /** Endings are most of the text: their ids, their times and what few of them were declined with, each in a list. */
  readonly endedIds: readonly string[];
  readonly endedAt: readonly number[];
  readonly declines: readonly (readonly [index: number, NonNullable<Ending['decline']>])[];
  /** Null where nothing was forgotten. */
  readonly forgottenUntil: number | null;
  readonly announced: readonly (readonly [refundId: string, AnnouncedCredit])[];
  readonly credited: readonly string[];
  readonly lastAt: number;
}

const written = (account: CardAccount): Written => {
  const { issued, balanceMinor, reservedMinor, forgottenUntil, lastAt } = account;
  const endings = [...account.endings.values()];
  return {
    issued,
    balanceMinor,
    reservedMinor,
    reservations: [...account.reservations],
    endedIds: [...account.endings.keys()],
    endedAt: endings.map(({ at }) => at),
    declines: endings.flatMap(({ decline }, index) => (decline === undefined ? [] : [[index, decline] as const])),
    forgottenUntil: forgottenUntil === Number.NEGATIVE_INFINITY ? null : forgottenUntil,
    announced: [...account.announced],
    credited: [...account.credited],
    lastAt,
  };
};

const account = (read: Written): CardAccount => {
  const declines = new Map(read.declines);
  const endings = new Map<string, Ending>();
  for (const [index, transactionId] of read.endedIds.entries()) {
    const decline = declines.get(index);
    endings.set(transactionId, { at: read.endedAt[index] ?? Number.NaN, ...(decline && { decline }) });
  }
  return {
    status: 'issued',
    issued: read.issued,
    balanceMinor: read.balanceMinor,
    reservedMinor: read.reservedMinor,
    reservations: new Map(read.reservations),
    endings,
    forgottenUntil: read.forgottenUntil ?? Number.NEGATIVE_INFINITY,
    announced: new Map(read.announced),
    credited: new Set(read.credited),
    lastAt: read.lastAt,
  };
};

/** Puts down a card's account. */
export const cardText: StateText<CardState> = {
  write: (state) => JSON.stringify(state.status === 'none' ? null : written(state)),
  read: (text) => {
    const read: Written | null = JSON.parse(text);
    return read === null ? { status: 'none' } : account(read);
  },
};
