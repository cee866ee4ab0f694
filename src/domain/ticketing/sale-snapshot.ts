import type { SnapshotCodec } from '../decider.js';
import { ExpiryHeap } from './expiry-heap.js';
import type { Places, Sale, SaleState } from './sale-state.js';

/** The places of one order; lists, not objects: they are most of the text. */
type PlacesSnapshot = readonly [
  orderId: string,
  status: Places['status'],
  personId: string,
  quantity: number,
  heldAt: number,
  expiresAt: number,
  seats: readonly string[] | null,
  ticketIds: readonly string[],
  returned: readonly string[],
  isReacquired: boolean,
];

/** A sale as JSON has it. Orders are named by their place in the list of orders. */
interface SaleSnapshot {
  readonly status: Sale['status'];
  readonly terms: Sale['terms'];
  readonly capacity: number;
  readonly held: number;
  readonly sold: number;
  readonly orders: readonly PlacesSnapshot[];
  readonly persons: readonly (readonly [personId: string, places: number])[];
  /** Who has each seat of the terms; -1 where it is free. */
  readonly owners: readonly number[];
  /** The heap of holds as it stands. */
  readonly open: readonly number[];
}

const snapshotOfPlaces = (places: Places): PlacesSnapshot => {
  const {
    orderId,
    status,
    personId,
    quantity,
    heldAt,
    expiresAt,
    seats = null,
    ticketIds,
    returned,
    isReacquired,
  } = places;
  return [orderId, status, personId, quantity, heldAt, expiresAt, seats, ticketIds, [...returned], isReacquired];
};

const snapshotOf = (sale: Sale): SaleSnapshot => {
  const { status, terms, capacity, held, sold, open } = sale;
  const indexes = new Map<string | null, number>();
  for (const orderId of sale.orders.keys()) indexes.set(orderId, indexes.size);
  const indexOf = (orderId: string | null): number => indexes.get(orderId) ?? -1;
  return {
    status,
    terms,
    capacity,
    held,
    sold,
    orders: Array.from(sale.orders.values(), snapshotOfPlaces),
    persons: [...sale.persons],
    owners: terms.seats?.map((name) => indexOf(sale.seats?.get(name) ?? null)) ?? [],
    open: open.entries.map(({ orderId }) => indexOf(orderId)),
  };
};

const placesOf = (snapshot: PlacesSnapshot): Places => {
  const [orderId, status, personId, quantity, heldAt, expiresAt, seats, ticketIds, returned, isReacquired] = snapshot;
  return {
    status,
    orderId,
    personId,
    quantity,
    seats: seats ?? undefined,
    heldAt,
    isReacquired,
    expiresAt,
    heapIndex: -1,
    ticketIds,
    returned: returned.length === 0 ? none : new Set(returned),
  };
};

const none: ReadonlySet<string> = new Set();

const saleOf = ({ status, terms, capacity, held, sold, persons, ...snapshot }: SaleSnapshot): Sale => {
  const places = snapshot.orders.map(placesOf);
  const open = new ExpiryHeap<Places>();
  for (const index of snapshot.open) {
    const entry = places[index];
    if (entry !== undefined) open.add(entry);
  }
  const orders = new Map(places.map((entry) => [entry.orderId, entry]));
  const ownerOf = (index: number): string | null => places[snapshot.owners[index] ?? -1]?.orderId ?? null;
  const seats = terms.seats && new Map(terms.seats.map((name, index) => [name, ownerOf(index)]));
  return { status, terms, capacity, held, sold, orders, persons: new Map(persons), seats, open };
};

export const saleSnapshotCodec: SnapshotCodec<SaleState> = {
  encode: (state) => JSON.stringify(state.status === 'none' ? null : snapshotOf(state)),
  decode: (text) => {
    const snapshot: SaleSnapshot | null = JSON.parse(text);
    return snapshot === null ? { status: 'none' } : saleOf(snapshot);
  },
};
