import type { Money } from '../../domain/money.js';
import type { saleEvents } from '../../domain/ticketing/sale-events.js';
import { defaultTimeZone } from '../../domain/time-zone.js';
import { escapedKey } from '../escaped-key.js';
import { listKey } from '../list-key.js';
import type { Change, DecodedEvent, HandlersOf, Projection } from '../projection.js';

/** What is free is capacity less held and sold. */
export interface SaleDocument {
  readonly saleId: string;
  readonly name: string;
  readonly venue: string;
  readonly startsAt: number;
  readonly timeZone: string;
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
  /** By `escapedKey` of the seat; a seat that isn't here is free. */
  readonly taken: Readonly<Record<string, 'held' | 'sold'>>;
}

type Values = Readonly<Record<string, unknown>>;

interface Moved {
  readonly quantity: number;
  readonly seats?: readonly string[];
}

const saleIdOf = (event: DecodedEvent): string => event.stream.slice('sale-'.length);

const sale = (event: DecodedEvent, $set: Values, $inc: Readonly<Record<string, number>> = {}): Change => ({
  collection: 'sales',
  id: saleIdOf(event),
  $set: { ...$set, revision: event.revision.toString() },
  $inc,
  $max: { asOf: event.recordedAt },
});

const seats = (event: DecodedEvent<Moved>, state?: 'held' | 'sold'): readonly Change[] => {
  if (event.data.seats === undefined || event.data.seats.length === 0) return [];
  const fields = Object.fromEntries(event.data.seats.map((seat) => [`taken.${escapedKey(seat)}`, state ?? '']));
  const place = { collection: 'seat-maps', id: saleIdOf(event) };
  return [state === undefined ? { ...place, $unset: fields } : { ...place, $set: fields }];
};

const givenBack = (event: DecodedEvent<Moved>): readonly Change[] => {
  const { quantity } = event.data;
  return [sale(event, {}, { held: -quantity }), ...seats(event)];
};

const handlers: Required<HandlersOf<typeof saleEvents>> = {
  SaleAnnounced: (event) => {
    const { seats: names, announcedAt: _, ...announced } = event.data;
    const { saleId, startsAt } = announced;
    const counts = { held: 0, sold: 0, hasSeats: names !== undefined };
    const hours = { opensAt: announced.opensAt ?? null, closesAt: announced.closesAt ?? null };
    const shown = {
      timeZone: announced.timeZone ?? defaultTimeZone,
      status: 'announced',
      listKey: listKey(startsAt, saleId),
    };
    const document = { ...announced, ...hours, ...counts, ...shown };
    const map = { collection: 'seat-maps', id: saleIdOf(event), $set: { seats: names, taken: {} } };
    return names === undefined ? [sale(event, document)] : [sale(event, document), map];
  },
  SaleOpened: (event) => [sale(event, { status: 'open' })],
  SalePaused: (event) => [sale(event, { status: 'paused' })],
  SaleClosed: (event) => [sale(event, { status: 'closed' })],
  CapacityChanged: (event) => [sale(event, { capacity: event.data.capacity })],
  PlacesHeld: (event) => {
    const { quantity } = event.data;
    return [sale(event, {}, { held: quantity }), ...seats(event, 'held')];
  },
  HoldExtended: (event) => [sale(event, {})],
  HoldLapsed: givenBack,
  HoldReleased: givenBack,
  PlacesForgone: (event) => [sale(event, {})],
  PlacesSold: (event) => {
    const { quantity } = event.data;
    return [sale(event, {}, { held: -quantity, sold: quantity }), ...seats(event, 'sold')];
  },
  PlacesReturned: (event) => {
    const { quantity } = event.data;
    return [sale(event, {}, { sold: -quantity }), ...seats(event)];
  },
};

/** What each sale has left: `sales` and, where places have names, `seat-maps`; both by sale id. */
export const availability: Projection = {
  name: 'availability',
  version: 3,
  collections: { sales: { indexes: [['listKey'], ['status', 'listKey']] }, 'seat-maps': { indexes: [] } },
  handlers,
};
