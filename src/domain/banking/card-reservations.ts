import { type ProcessManager, soonestOf } from '../process.js';
import { card } from './card.js';
import type { CardEvent } from './card-events.js';
import { leftBehindMs } from './card-payment.js';
import type { CardState } from './card-state.js';

export interface ReservationEffect {
  readonly do: 'settle';
  readonly transactionId: string;
}

/** When each open reservation is looked at, by transaction, in milliseconds since the epoch. */
type ReservationTimes = Readonly<Record<string, number>>;

/** Finds reservations that outlive their payment: each is booked, released, or kept, as its transaction says. */
export const cardReservations: ProcessManager<CardState, ReservationEffect, CardEvent, ReservationTimes> = {
  name: 'card-reservations',
  version: 1,
  decider: card,

  next: (state, now) => {
    if (state.status === 'none') return [];
    const effects: ReservationEffect[] = [];
    for (const [transactionId, { at, keptUntil }] of state.reservations) {
      if ((keptUntil ?? at + leftBehindMs) <= now) effects.push({ do: 'settle', transactionId });
    }
    return effects;
  },

  timer: {
    initialState: () => ({}),

    evolve: (times, event) => {
      switch (event.type) {
        case 'AmountReserved':
          return { ...times, [event.data.transactionId]: event.data.reservedAt + leftBehindMs };
        case 'ReservationKept':
          return { ...times, [event.data.transactionId]: event.data.keptUntil };
        case 'ReservationReleased':
        case 'AmountBooked': {
          const { [event.data.transactionId]: _, ...left } = times;
          return left;
        }
        case 'CardIssued':
        case 'ReservationRefused':
        case 'CreditAnnounced':
        case 'CreditBooked':
          return times;
        default:
          return event satisfies never;
      }
    },

    dueAt: (times) => soonestOf(Object.values(times)) ?? null,
  },
};
