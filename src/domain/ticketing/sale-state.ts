import type { DataOf } from '../decider.js';
import { type Expiring, ExpiryHeap } from './expiry-heap.js';
import type { SaleEvent } from './sale-events.js';

/** The places of one order. */
export interface Places extends Expiring {
  status: 'held' | 'sold' | 'lapsed' | 'released';
  readonly orderId: string;
  readonly personId: string;
  readonly quantity: number;
  readonly seats: readonly string[] | undefined;
  heldAt: number;
  /** The end of its own time; a payment may keep it longer, up to `expiresAt`, as long as that is under way. */
  heldUntil: number;
  /** Taken again after they had lapsed. */
  readonly isReacquired: boolean;
  /** In the order of `seats`. */
  ticketIds: readonly string[];
  returned: ReadonlySet<string>;
}

export interface Sale {
  status: 'announced' | 'open' | 'paused' | 'closed';
  readonly terms: DataOf<SaleEvent, 'SaleAnnounced'>;
  capacity: number;
  held: number;
  sold: number;
  readonly orders: Map<string, Places>;
  /** Places held or sold by person; who has none is left out. */
  readonly persons: Map<string, number>;
  /** Orders that have a seat, by its name; null where it is free, and no map where places have no names. */
  readonly seats: Map<string, string | null> | undefined;
  readonly open: ExpiryHeap<Places>;
}

export type SaleState = { readonly status: 'none' } | Sale;

export const evolve = (state: SaleState, event: SaleEvent): SaleState => {
  if (event.type === 'SaleAnnounced') return state.status === 'none' ? announced(event.data) : state;
  if (state.status === 'none') return state;
  switch (event.type) {
    case 'SaleOpened':
      if (state.status !== 'closed') state.status = 'open';
      return state;
    case 'SalePaused':
      if (state.status === 'open') state.status = 'paused';
      return state;
    case 'SaleClosed':
      state.status = 'closed';
      return state;
    case 'CapacityChanged':
      return resized(state, event.data.capacity);
    case 'PlacesHeld':
      return held(state, event.data);
    case 'HoldExtended': {
      const places = state.orders.get(event.data.orderId);
      if (places?.status !== 'held') return state;
      const { expiresAt, reason } = event.data;
      if (reason === 'buyer') places.heldUntil = expiresAt;
      state.open.move(places, Math.max(places.expiresAt, expiresAt));
      return state;
    }
    case 'HoldLapsed':
      return givenBack(state, event.data.orderId, 'lapsed');
    case 'HoldReleased':
      return givenBack(state, event.data.orderId, 'released');
    case 'PlacesForgone': {
      const places = state.orders.get(event.data.orderId);
      if (places?.status === 'lapsed') places.status = 'released';
      return state;
    }
    case 'PlacesSold':
      return sold(state, event.data);
    case 'PlacesReturned':
      return returned(state, event.data);
    default:
      return event satisfies never;
  }
};

const announced = (terms: DataOf<SaleEvent, 'SaleAnnounced'>): Sale => ({
  status: 'announced',
  terms,
  capacity: terms.capacity,
  held: 0,
  sold: 0,
  orders: new Map(),
  persons: new Map(),
  seats: terms.seats && new Map(terms.seats.map((seat) => [seat, null])),
  open: new ExpiryHeap(),
});

const resized = (sale: Sale, capacity: number): Sale => {
  const canChange = sale.seats === undefined && sale.status !== 'closed' && capacity >= sale.held + sale.sold;
  if (canChange) sale.capacity = capacity;
  return sale;
};

/** Counts places that a person takes, or gives back. */
export const count = (sale: Sale, personId: string, change: number): void => {
  const places = (sale.persons.get(personId) ?? 0) + change;
  if (places > 0) sale.persons.set(personId, places);
  else sale.persons.delete(personId);
};

const seat = (sale: Sale, seats: readonly string[] | undefined, orderId: string | null): void => {
  for (const name of seats ?? []) sale.seats?.set(name, orderId);
};

const held = (sale: Sale, data: DataOf<SaleEvent, 'PlacesHeld'>): Sale => {
  const { orderId, personId, quantity, seats, heldAt, expiresAt } = data;
  const before = sale.orders.get(orderId)?.status;
  if (before !== undefined && before !== 'lapsed') return sale;
  const places: Places = {
    status: 'held',
    orderId,
    personId,
    quantity,
    seats,
    heldAt,
    heldUntil: expiresAt,
    isReacquired: before === 'lapsed',
    expiresAt,
    heapIndex: -1,
    ticketIds: [],
    returned: none,
  };
  sale.orders.set(orderId, places);
  sale.open.add(places);
  sale.held += quantity;
  count(sale, personId, quantity);
  seat(sale, seats, orderId);
  return sale;
};

const none: ReadonlySet<string> = new Set();

const givenBack = (sale: Sale, orderId: string, status: 'lapsed' | 'released'): Sale => {
  const places = sale.orders.get(orderId);
  if (places?.status !== 'held') return sale;
  places.status = status;
  sale.open.remove(places);
  sale.held -= places.quantity;
  count(sale, places.personId, -places.quantity);
  seat(sale, places.seats, null);
  return sale;
};

const sold = (sale: Sale, { orderId, ticketIds }: DataOf<SaleEvent, 'PlacesSold'>): Sale => {
  const places = sale.orders.get(orderId);
  if (places?.status !== 'held') return sale;
  places.status = 'sold';
  places.ticketIds = ticketIds;
  sale.open.remove(places);
  sale.held -= places.quantity;
  sale.sold += places.quantity;
  return sale;
};

const returned = (sale: Sale, { orderId, ticketIds, quantity, seats }: DataOf<SaleEvent, 'PlacesReturned'>): Sale => {
  const places = sale.orders.get(orderId);
  if (places?.status !== 'sold') return sale;
  if (!ticketIds.every((id) => places.ticketIds.includes(id) && !places.returned.has(id))) return sale;
  places.returned = new Set([...places.returned, ...ticketIds]);
  sale.sold -= quantity;
  count(sale, places.personId, -quantity);
  seat(sale, seats, null);
  return sale;
};

/** free + held + sold = capacity, always. */
export const availability = (
  state: SaleState,
): { readonly capacity: number; readonly free: number; readonly held: number; readonly sold: number } => {
  if (state.status === 'none') return { capacity: 0, free: 0, held: 0, sold: 0 };
  const { capacity, held, sold } = state;
  return { capacity, free: capacity - held - sold, held, sold };
};

/** What became of an order's places. */
export const holdOf = (
  state: SaleState,
  orderId: string,
):
  | Pick<Places, 'status' | 'quantity' | 'seats' | 'heldAt' | 'heldUntil' | 'expiresAt' | 'ticketIds' | 'isReacquired'>
  | undefined => {
  const places = state.status === 'none' ? undefined : state.orders.get(orderId);
  if (places === undefined) return undefined;
  const { status, quantity, seats, heldAt, heldUntil, expiresAt, ticketIds, isReacquired } = places;
  return { status, quantity, seats, heldAt, heldUntil, expiresAt, ticketIds, isReacquired };
};

/** On what terms the sale sells. */
export const termsOf = (
  state: SaleState,
):
  | (Pick<
      DataOf<SaleEvent, 'SaleAnnounced'>,
      'name' | 'venue' | 'startsAt' | 'timeZone' | 'price' | 'perPersonLimit' | 'holdSeconds'
    > & {
      readonly status: Sale['status'];
    })
  | undefined => {
  if (state.status === 'none') return undefined;
  const { name, venue, startsAt, timeZone, price, perPersonLimit, holdSeconds } = state.terms;
  const zoned = timeZone !== undefined && { timeZone };
  return { status: state.status, name, venue, startsAt, ...zoned, price, perPersonLimit, holdSeconds };
};
