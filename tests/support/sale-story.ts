import type { SaleCommand } from '../../src/domain/ticketing/sale-commands.js';
import type { SaleEvent } from '../../src/domain/ticketing/sale-events.js';

type Held = Extract<SaleEvent, { type: 'PlacesHeld' }>['data'];
type Places = Pick<Held, 'orderId' | 'personId' | 'quantity' | 'seats'>;

/** When all holds of these stories begin, in milliseconds; each lasts `holdMs` and can be extended up to twice that. */
export const heldAt = 100_000;
export const holdMs = 60_000;
export const expiresAt = heldAt + holdMs;

const terms = {
  saleId: 's-1',
  name: 'Opera',
  venue: 'Hall',
  startsAt: 9_000_000,
  capacity: 5,
  price: { amountMinor: 2_500, currency: 'EUR' },
  perPersonLimit: 4,
  holdSeconds: holdMs / 1_000,
};

export const announce = { type: 'Announce', ...terms, now: 1_000 } as const satisfies SaleCommand;
export const announced: SaleEvent = { type: 'SaleAnnounced', data: { ...terms, announcedAt: 1_000 } };
export const opened: SaleEvent = { type: 'SaleOpened', data: { openedAt: heldAt } };
export const paused: SaleEvent = { type: 'SalePaused', data: { pausedAt: heldAt } };
export const closed: SaleEvent = { type: 'SaleClosed', data: { closedAt: heldAt } };

/** Five places, four at most for a person, open. */
export const admission: readonly SaleEvent[] = [announced, opened];

/** Three named seats, open. */
export const seated: readonly SaleEvent[] = [
  {
    type: 'SaleAnnounced',
    data: { ...terms, capacity: 3, seats: ['A 1', 'A 2', 'A 3'], perPersonLimit: 3, announcedAt: 1_000 },
  },
  opened,
];

export const placesOf = (orderId: string, personId: string, quantity: number): Places => ({
  orderId,
  personId,
  quantity,
});

export const seatsOf = (orderId: string, personId: string, ...seats: readonly string[]): Places => ({
  orderId,
  personId,
  quantity: seats.length,
  seats,
});

export const hold = (places: Places, now = heldAt) => ({ type: 'Hold', ...places, now }) as const;
export const held = (places: Places, at = heldAt, until = at + holdMs): SaleEvent => ({
  type: 'PlacesHeld',
  data: { ...places, heldAt: at, expiresAt: until },
});
export const lapsed = (places: Places, lapsedAt: number): SaleEvent => ({
  type: 'HoldLapsed',
  data: { ...places, lapsedAt },
});
export const released = (places: Places, releasedAt = heldAt): SaleEvent => ({
  type: 'HoldReleased',
  data: { ...places, releasedAt },
});
export const extended = (
  orderId: string,
  until: number,
  reason: 'buyer' | 'payment',
  extendedAt: number,
): SaleEvent => ({
  type: 'HoldExtended',
  data: { orderId, expiresAt: until, reason, extendedAt },
});

/** Tickets are named after their order: `o-1/0`, `o-1/1` and so on. */
export const ticketsOf = ({ orderId, quantity }: Places): readonly string[] =>
  Array.from({ length: quantity }, (_, index) => `${orderId}/${index}`);
export const sold = (places: Places, soldAt = heldAt): SaleEvent => ({
  type: 'PlacesSold',
  data: { ...places, ticketIds: ticketsOf(places), soldAt },
});
export const returned = (places: Places, ticketIds: readonly string[], returnedAt = heldAt): SaleEvent => ({
  type: 'PlacesReturned',
  data: { ...places, ticketIds, returnedAt },
});
