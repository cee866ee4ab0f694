import type { SnapshotCodec } from '../decider.js';
import type { AnnouncedCredit, CardAccount, CardState, Ending, Reservation } from './card-state.js';

/** What the rest of a card's account follows from. */
interface CardSnapshot {
  readonly issued: CardAccount['issued'];
  readonly balanceMinor: number;
  readonly reservations: readonly (readonly [transactionId: string, Reservation])[];
  /** Endings are most of the text: their ids, their times and what few of them were declined with, each in a list. */
  readonly endedIds: readonly string[];
  readonly endedAt: readonly number[];
  readonly declines: readonly (readonly [index: number, NonNullable<Ending['decline']>])[];
  /** Null where nothing was forgotten. */
  readonly forgottenUntil: number | null;
  readonly usedTokens: readonly (readonly [hash: string, forgottenAt: number])[];
  readonly announced: readonly (readonly [refundId: string, AnnouncedCredit])[];
  readonly credited: readonly string[];
  readonly lastAt: number;
}

const snapshotOf = (account: CardAccount): CardSnapshot => {
  const { issued, balanceMinor, forgottenUntil, lastAt } = account;
  const endings = [...account.endings.values()];
  return {
    issued,
    balanceMinor,
    reservations: [...account.reservations],
    endedIds: [...account.endings.keys()],
    endedAt: endings.map(({ at }) => at),
    declines: endings.flatMap(({ decline }, index) => (decline === undefined ? [] : [[index, decline] as const])),
    forgottenUntil: forgottenUntil === Number.NEGATIVE_INFINITY ? null : forgottenUntil,
    usedTokens: [...account.usedTokens],
    announced: [...account.announced],
    credited: [...account.credited],
    lastAt,
  };
};

const accountOf = (snapshot: CardSnapshot): CardAccount => {
  const declines = new Map(snapshot.declines);
  const endings = new Map<string, Ending>();
  for (const [index, transactionId] of snapshot.endedIds.entries()) {
    const decline = declines.get(index);
    endings.set(transactionId, { at: snapshot.endedAt[index] ?? Number.NaN, ...(decline && { decline }) });
  }
  return {
    status: 'issued',
    issued: snapshot.issued,
    balanceMinor: snapshot.balanceMinor,
    reservedMinor: snapshot.reservations.reduce((sum, [, { amountMinor }]) => sum + amountMinor, 0),
    reservations: new Map(snapshot.reservations),
    endings,
    forgottenUntil: snapshot.forgottenUntil ?? Number.NEGATIVE_INFINITY,
    usedTokens: new Map(snapshot.usedTokens),
    announced: new Map(snapshot.announced),
    credited: new Set(snapshot.credited),
    lastAt: snapshot.lastAt,
  };
};

export const cardSnapshotCodec: SnapshotCodec<CardState> = {
  encode: (state) => JSON.stringify(state.status === 'none' ? null : snapshotOf(state)),
  decode: (text) => {
    const snapshot: CardSnapshot | null = JSON.parse(text);
    return snapshot === null ? { status: 'none' } : accountOf(snapshot);
  },
};
