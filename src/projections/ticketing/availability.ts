import type { Money } from '../../domain/money.js';
import type { saleEvents } from '../../domain/ticketing/sale-events.js';
import { fieldKey } from '../field-key.js';
import { listKey } from '../list-key.js';
import type { Change, Fact, HandlersOf, Projection } from '../projection.js';

/** What is free is capacity less held and sold. */
export interface SaleDocument {
  readonly saleId: string;
  readonly name: string;
  readonly venue: string;
  readonly startsAt: number;
  readonly price: Money;
  readonly status: 'announced' | 'open' | 'paused' | 'closed';
  readonly perPersonLimit: number;
  readonly holdSeconds: number;
  readonly opensAt: number | null;
  readonly closesAt: number | null;
  readonly capacity: number;
  readonly held: number;
  readonly sold: number;
  readonly hasSeats: boolean;
  /** Time of the last event that made these figures, in milliseconds since the epoch. */
  readonly asOf: number;
  readonly listKey: string;
  readonly revision: string;
}

/** The named places of one sale, apart from the figures: lists of sales needn't carry them. */
export interface SeatMapDocument {
  readonly seats: readonly string[];
  /** By `fieldKey` of the seat; a seat that isn't here is free. */
  readonly taken: Readonly<Record<string, 'held' | 'sold'>>;
}

type Values = Readonly<Record<string, unknown>>;

interface Moved {
  readonly quantity: number;
  readonly seats?: readonly string[];
}

const saleIdOf = (fact: Fact): string => fact.stream.slice('sale-'.length);

const sale = (fact: Fact, $set: Values, $inc: Readonly<Record<string, number>> = {}): Change => ({
  collection: 'sales',
  id: saleIdOf(fact),
  $set: { ...$set, revision: fact.revision.toString() },
  $inc,
  $max: { asOf: fact.recordedAt },
});

const seats = (fact: Fact<Moved>, state?: 'held' | 'sold'): readonly Change[] => {
  if (fact.data.seats === undefined || fact.data.seats.length === 0) return [];
  const fields = Object.fromEntries(fact.data.seats.map((seat) => [`taken.${fieldKey(seat)}`, state ?? '']));
  const place = { collection: 'seat-maps', id: saleIdOf(fact) };
  return [state === undefined ? { ...place, $unset: fields } : { ...place, $set: fields }];
};

const givenBack = (fact: Fact<Moved>): readonly Change[] => {
  const { quantity } = fact.data;
  return [sale(fact, {}, { held: -quantity }), ...seats(fact)];
};

const handlers: Required<HandlersOf<typeof saleEvents>> = {
  SaleAnnounced: (fact) => {
    const { seats: names, announcedAt: _, ...announced } = fact.data;
    const { saleId, startsAt } = announced;
    const counts = { held: 0, sold: 0, hasSeats: names !== undefined };
    const hours = { opensAt: announced.opensAt ?? null, closesAt: announced.closesAt ?? null };
    const document = { ...announced, ...hours, ...counts, status: 'announced', listKey: listKey(startsAt, saleId) };
    const map = { collection: 'seat-maps', id: saleIdOf(fact), $set: { seats: names, taken: {} } };
    return names === undefined ? [sale(fact, document)] : [sale(fact, document), map];
  },
  SaleOpened: (fact) => [sale(fact, { status: 'open' })],
  SalePaused: (fact) => [sale(fact, { status: 'paused' })],
  SaleClosed: (fact) => [sale(fact, { status: 'closed' })],
  CapacityChanged: (fact) => [sale(fact, { capacity: fact.data.capacity })],
  PlacesHeld: (fact) => {
    const { quantity } = fact.data;
    return [sale(fact, {}, { held: quantity }), ...seats(fact, 'held')];
  },
  HoldExtended: (fact) => [sale(fact, {})],
  HoldLapsed: givenBack,
  HoldReleased: givenBack,
  PlacesForgone: (fact) => [sale(fact, {})],
  PlacesSold: (fact) => {
    const { quantity } = fact.data;
    return [sale(fact, {}, { held: -quantity, sold: quantity }), ...seats(fact, 'sold')];
  },
  PlacesReturned: (fact) => {
    const { quantity } = fact.data;
    return [sale(fact, {}, { sold: -quantity }), ...seats(fact)];
  },
};

/** What each sale has left: `sales` and, where places have names, `seat-maps`; both by sale id. */
export const availability: Projection = {
  name: 'availability',
  version: 2,
  collections: { sales: { indexes: [['listKey'], ['status', 'listKey']] }, 'seat-maps': { indexes: [] } },
  handlers,
};
