import type { StateText } from '../decider.js';
import { ExpiryHeap } from './expiry-heap.js';
import type { Places, Sale, SaleState } from './sale-state.js';

/** The places of one order; lists, not objects: they are most of the text. */
type WrittenPlaces = readonly [
  orderId: string,
  status: Places['status'],
  personId: string,
  quantity: number,
  heldAt: number,
  expiresAt: number,
  seats: readonly string[] | null,
  ticketIds: readonly string[],
  returned: readonly string[],
];

/** A sale as JSON has it. Orders are named by their place in the list of orders. */
interface Written {
  readonly status: Sale['status'];
  readonly terms: Sale['terms'];
  readonly capacity: number;
  readonly held: number;
  readonly sold: number;
  readonly orders: readonly WrittenPlaces[];
  readonly persons: readonly (readonly [personId: string, places: number])[];
  /** Who has each seat of the terms; -1 where it is free. */
  readonly owners: readonly number[];
  /** The heap of holds as it stands. */
  readonly open: readonly number[];
}

const writtenPlaces = (places: Places): WrittenPlaces => {
  const { orderId, status, personId, quantity, heldAt, expiresAt, seats = null, ticketIds, returned } = places;
  return [orderId, status, personId, quantity, heldAt, expiresAt, seats, ticketIds, [...returned]];
};

const written = (sale: Sale): Written => {
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
    orders: Array.from(sale.orders.values(), writtenPlaces),
    persons: [...sale.persons],
    owners: terms.seats?.map((name) => indexOf(sale.seats?.get(name) ?? null)) ?? [],
    open: open.entries.map(({ orderId }) => indexOf(orderId)),
  };
};

const placesOf = (read: WrittenPlaces): Places => {
  const [orderId, status, personId, quantity, heldAt, expiresAt, seats, ticketIds, returned] = read;
  return {
    status,
    orderId,
    personId,
    quantity,
    seats: seats ?? undefined,
    heldAt,
    expiresAt,
    heapIndex: -1,
    ticketIds,
    returned: returned.length === 0 ? none : new Set(returned),
  };
};

const none: ReadonlySet<string> = new Set();

const saleOf = ({ status, terms, capacity, held, sold, persons, ...read }: Written): Sale => {
  const places = read.orders.map(placesOf);
  const open = new ExpiryHeap<Places>();
  for (const index of read.open) {
    const entry = places[index];
    if (entry !== undefined) open.add(entry);
  }
  const orders = new Map(places.map((entry) => [entry.orderId, entry]));
  const ownerOf = (index: number): string | null => places[read.owners[index] ?? -1]?.orderId ?? null;
  const seats = terms.seats && new Map(terms.seats.map((name, index) => [name, ownerOf(index)]));
  return { status, terms, capacity, held, sold, orders, persons: new Map(persons), seats, open };
};

/** Puts down the places of a sale. */
export const saleText: StateText<SaleState> = {
  write: (state) => JSON.stringify(state.status === 'none' ? null : written(state)),
  read: (text) => {
    const read: Written | null = JSON.parse(text);
    return read === null ? { status: 'none' } : saleOf(read);
  },
};
