import type { SnapshotCodec } from '../decider.js';
import { ExpiryHeap } from './expiry-heap.js';
import { count, type Places, type Sale, type SaleState } from './sale-state.js';

/** The places of one order; lists, not objects: they are most of the text. */
type PlacesSnapshot = readonly [
  orderId: string,
  status: Places['status'],
  personId: string,
  quantity: number,
  heldAt: number,
  heldUntil: number,
  expiresAt: number,
  seats: readonly string[] | null,
  ticketIds: readonly string[],
  returned: readonly string[],
  isReacquired: boolean,
];

/** What the rest of a sale follows from. Orders are named by their place in the list of orders. */
interface SaleSnapshot {
  readonly status: Sale['status'];
  readonly terms: Sale['terms'];
  readonly capacity: number;
  readonly orders: readonly PlacesSnapshot[];
  /** Who has each seat of the terms; -1 where it is free. Deriving it from the orders costs a third more time. */
  readonly owners: readonly number[];
  /**
   * The heap of holds as it stands: the order in which it tells what is due follows from its history, and a sale that
   * was decoded decides like one that never was encoded.
   */
  readonly open: readonly number[];
}

const snapshotOfPlaces = (places: Places): PlacesSnapshot => {
  const {
    orderId,
    status,
    personId,
    quantity,
    heldAt,
    heldUntil,
    expiresAt,
    seats = null,
    ticketIds,
    returned,
    isReacquired,
  } = places;
  const times = [heldAt, heldUntil, expiresAt] as const;
  return [orderId, status, personId, quantity, ...times, seats, ticketIds, [...returned], isReacquired];
};

const snapshotOf = ({ status, terms, capacity, orders, seats, open }: Sale): SaleSnapshot => {
  const indexes = new Map<string | null, number>();
  for (const orderId of orders.keys()) indexes.set(orderId, indexes.size);
  const indexOf = (orderId: string | null): number => indexes.get(orderId) ?? -1;
  return {
    status,
    terms,
    capacity,
    orders: Array.from(orders.values(), snapshotOfPlaces),
    owners: terms.seats?.map((name) => indexOf(seats?.get(name) ?? null)) ?? [],
    open: open.entries.map(({ orderId }) => indexOf(orderId)),
  };
};

const placesOf = (snapshot: PlacesSnapshot): Places => {
  const [orderId, status, personId, quantity, heldAt, heldUntil, expiresAt, ...rest] = snapshot;
  const [seats, ticketIds, returned, isReacquired] = rest;
  return {
    status,
    orderId,
    personId,
    quantity,
    seats: seats ?? undefined,
    heldAt,
    heldUntil,
    isReacquired,
    expiresAt,
    heapIndex: -1,
    ticketIds,
    returned: returned.length === 0 ? none : new Set(returned),
  };
};

const none: ReadonlySet<string> = new Set();

const saleOf = ({ status, terms, capacity, ...snapshot }: SaleSnapshot): Sale => {
  const places = snapshot.orders.map(placesOf);
  const ownerOf = (index: number): string | null => places[snapshot.owners[index] ?? -1]?.orderId ?? null;
  const sale: Sale = {
    status,
    terms,
    capacity,
    held: 0,
    sold: 0,
    orders: new Map(places.map((entry) => [entry.orderId, entry])),
    persons: new Map(),
    seats: terms.seats && new Map(terms.seats.map((name, index) => [name, ownerOf(index)])),
    open: new ExpiryHeap(),
  };
  for (const { status, personId, quantity, returned } of places) {
    if (status !== 'held' && status !== 'sold') continue;
    const taken = quantity - returned.size;
    sale[status] += taken;
    count(sale, personId, taken);
  }
  for (const index of snapshot.open) {
    const entry = places[index];
    if (entry !== undefined) sale.open.add(entry);
  }
  return sale;
};

export const saleSnapshotCodec: SnapshotCodec<SaleState> = {
  encode: (state) => JSON.stringify(state.status === 'none' ? null : snapshotOf(state)),
  decode: (text) => {
    const snapshot: SaleSnapshot | null = JSON.parse(text);
    return snapshot === null ? { status: 'none' } : saleOf(snapshot);
  },
};
