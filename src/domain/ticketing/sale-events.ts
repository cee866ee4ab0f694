import { type EventOf, event } from '../event.js';
import { money } from '../money.js';
import { count, flag, instant, listOf, oneOf, optional, text } from '../shape.js';

const seats = optional(listOf(text));

/** What can happen to the places of one show. `seats` is there where places have names. */
export const saleEvents = {
  SaleAnnounced: event(1, {
    saleId: text,
    name: text,
    venue: text,
    startsAt: instant,
    /** Of the show, a name of the IANA database; UTC where it is missing. */
    timeZone: optional(text),
    capacity: count,
    seats,
    price: money,
    perPersonLimit: count,
    holdSeconds: count,
    /** When it opens by itself. */
    opensAt: optional(instant),
    /** When it closes by itself. */
    closesAt: optional(instant),
    /** Whether it may be opened, and places held, when the show has begun. */
    sellsAfterStart: optional(flag),
    announcedAt: instant,
  }),
  SaleOpened: event(1, { openedAt: instant }),
  SalePaused: event(1, { pausedAt: instant }),
  SaleClosed: event(1, { closedAt: instant }),
  CapacityChanged: event(1, { capacity: count, changedAt: instant }),
  /** Also when places are taken again for a payment that came after the hold had lapsed. */
  PlacesHeld: event(1, {
    orderId: text,
    personId: text,
    quantity: count,
    seats,
    heldAt: instant,
    expiresAt: instant,
  }),
  HoldExtended: event(1, { orderId: text, expiresAt: instant, reason: oneOf('buyer', 'payment'), extendedAt: instant }),
  HoldLapsed: event(1, { orderId: text, personId: text, quantity: count, seats, lapsedAt: instant }),
  /** Given back before its time. */
  HoldReleased: event(1, { orderId: text, personId: text, quantity: count, seats, releasedAt: instant }),
  /** The order whose hold has lapsed takes no places any more, also not for a payment that is still on its way. */
  PlacesForgone: event(1, { orderId: text, forgoneAt: instant }),
  PlacesSold: event(1, {
    orderId: text,
    personId: text,
    quantity: count,
    seats,
    ticketIds: listOf(text),
    soldAt: instant,
  }),
  PlacesReturned: event(1, {
    orderId: text,
    personId: text,
    quantity: count,
    seats,
    ticketIds: listOf(text),
    returnedAt: instant,
  }),
};
export type SaleEvent = EventOf<typeof saleEvents>;
