import { type ProcessManager, soonestOf } from '../process.js';
import { sale } from './sale.js';
import type { SaleEvent } from './sale-events.js';
import type { SaleState } from './sale-state.js';

export interface SaleEffect {
  readonly do: 'open' | 'close' | 'lapse holds';
  readonly saleId: string;
}

/** Times in milliseconds since the epoch. */
export interface SaleTimes {
  readonly opensAt: number | null;
  readonly closesAt: number | null;
  readonly isClosed: boolean;
  /** Places that are held, and when the last of their holds is over. */
  readonly held: number;
  readonly holdsEndAt: number;
}

/**
 * A sale opens and closes at its hours. A hold lapses when its order expires; those that a crash left without an order
 * lapse at the latest when all others are over.
 */
export const saleSchedule: ProcessManager<SaleState, SaleEffect, SaleEvent, SaleTimes> = {
  name: 'sale-schedule',
  version: 1,
  decider: sale,

  next: (state, now) => {
    if (state.status === 'none') return [];
    const { saleId, opensAt, closesAt } = state.terms;
    const effects: SaleEffect[] = [];
    const soonest = state.open.soonest?.expiresAt;
    if (soonest !== undefined && soonest <= now) effects.push({ do: 'lapse holds', saleId });
    const isOver = closesAt !== undefined && closesAt <= now;
    if (isOver && state.status !== 'closed') effects.push({ do: 'close', saleId });
    if (!isOver && opensAt !== undefined && opensAt <= now && state.status === 'announced') {
      effects.push({ do: 'open', saleId });
    }
    return effects;
  },

  timer: {
    initialState: () => ({ opensAt: null, closesAt: null, isClosed: false, held: 0, holdsEndAt: 0 }),

    evolve: (times, event) => {
      switch (event.type) {
        case 'SaleAnnounced':
          return { ...times, opensAt: event.data.opensAt ?? null, closesAt: event.data.closesAt ?? null };
        case 'SaleOpened':
          return { ...times, opensAt: null };
        case 'SaleClosed':
          return { ...times, opensAt: null, closesAt: null, isClosed: true };
        case 'PlacesHeld':
        case 'HoldExtended': {
          const held = times.held + (event.type === 'PlacesHeld' ? event.data.quantity : 0);
          return { ...times, held, holdsEndAt: Math.max(times.holdsEndAt, event.data.expiresAt) };
        }
        case 'HoldLapsed':
        case 'HoldReleased':
        case 'PlacesSold':
          return { ...times, held: times.held - event.data.quantity };
        case 'SalePaused':
        case 'CapacityChanged':
        case 'PlacesForgone':
        case 'PlacesReturned':
          return times;
        default:
          return event satisfies never;
      }
    },

    dueAt: ({ opensAt, closesAt, isClosed, held, holdsEndAt }) =>
      soonestOf([opensAt, closesAt, held > 0 ? holdsEndAt : null]) ?? (isClosed ? undefined : null),
  },
};
