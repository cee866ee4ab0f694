import type { CommandUnion, DataOf, Decision, Timed } from '../decider.js';
import type { SaleEvent } from './sale-events.js';
import type { Sale } from './sale-state.js';

type OfOrder = Timed & { readonly orderId: string };

export type PlacesRequest = OfOrder & {
  readonly personId: string;
  readonly quantity: number;
  /** As many as `quantity`; only where places have names. */
  readonly seats?: readonly string[];
};

type WithTickets = OfOrder & { readonly ticketIds: readonly string[] };

interface Commands {
  Announce: Omit<DataOf<SaleEvent, 'SaleAnnounced'>, 'announcedAt'> & Timed;
  /** `isScheduled`: only a sale that was never opened, as its hours say. */
  Open: Timed & { readonly isScheduled?: boolean };
  Pause: Timed;
  Close: Timed;
  ChangeCapacity: Timed & { readonly capacity: number };
  Hold: PlacesRequest;
  /** For a payment that came after the hold had lapsed; kept until `until`. */
  Reacquire: PlacesRequest & { readonly until: number };
  Extend: OfOrder;
  Release: OfOrder;
  /** Keeps the places over a payment. */
  ExtendForPayment: OfOrder & { readonly until: number };
  /** The order takes no places any more: those that it has are given back, and a lapsed hold stays so. */
  Forgo: OfOrder;
  Confirm: WithTickets;
  Return: WithTickets;
  /**
   * Of those that are due as many as one decision takes; nothing is accepted when none is left. `orderId`: an order whose
   * payments have ended, and keep its places no longer than their own time.
   */
  LapseDue: Timed & { readonly orderId?: string };
}

export type SaleCommand = CommandUnion<Commands>;

export type SaleRefusal =
  | {
      readonly code:
        | 'sale_unknown'
        /** The id belongs to a sale, or places, of other content. */
        | 'id_reused'
        | 'sale_closed'
        | 'show_has_begun'
        | 'capacity_is_seats'
        | 'seats_required'
        | 'seats_not_named'
        | 'hold_lapsed'
        | 'extension_capped'
        | 'already_sold';
    }
  | { readonly code: 'capacity_below_taken'; readonly takenPlaces: number }
  | { readonly code: 'sale_not_open'; readonly status: Sale['status'] }
  | { readonly code: 'sold_out'; readonly free: number }
  | { readonly code: 'limit_per_person'; readonly limit: number; readonly taken: number }
  | { readonly code: 'seats_taken' | 'unknown_seats'; readonly seats: readonly string[] }
  | { readonly code: 'unknown_tickets'; readonly ticketIds: readonly string[] };

export type SaleDecision = Decision<SaleEvent, SaleRefusal>;
