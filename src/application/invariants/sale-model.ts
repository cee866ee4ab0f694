import type { SaleEvent } from '../../domain/ticketing/sale-events.js';
import type { Report } from './invariants.js';

/** The places of one order. */
export interface PlacesEntry {
  readonly saleId: string;
  readonly personId: string;
  readonly quantity: number;
  readonly seats: readonly string[];
  expiresAt: number;
  status: 'held' | 'sold' | 'lapsed' | 'released';
  ticketIds: readonly string[];
  readonly returned: Set<string>;
}

export interface SaleEntry {
  capacity: number;
  held: number;
  sold: number;
  readonly limit: number;
  /** Orders by seat; undefined where places have no names. */
  readonly seats: Map<string, string | undefined> | undefined;
  readonly persons: Map<string, number>;
}

type Of<Type extends SaleEvent['type']> = Extract<SaleEvent, { type: Type }>['data'];

/** Counts the places of every sale from its events alone, and reports what can't be. */
export class SaleModel {
  readonly sales = new Map<string, SaleEntry>();
  /** By order. */
  readonly places = new Map<string, PlacesEntry>();
  /** Order by ticket. */
  readonly tickets = new Map<string, string>();

  constructor(private readonly report: Report) {}

  apply(saleId: string, event: SaleEvent): void {
    if (event.type === 'SaleAnnounced') {
      this.#announced(saleId, event.data);
      return;
    }
    const sale = this.sales.get(saleId);
    if (sale === undefined) {
      this.report('steps-in-order', `sale-${saleId}`, `${event.type} before its announcement`);
      return;
    }
    this.#change(saleId, sale, event);
    const freePlaces = sale.capacity - sale.held - sale.sold;
    if (freePlaces < 0 || sale.held < 0 || sale.sold < 0) {
      const counted = `capacity ${sale.capacity}, held ${sale.held}, sold ${sale.sold}`;
      this.report('free-held-sold', `sale-${saleId}`, `${counted} after ${event.type}`);
    }
  }

  #announced(saleId: string, { capacity, seats, perPersonLimit }: Of<'SaleAnnounced'>): void {
    if (this.sales.has(saleId)) {
      this.report('ids-unique', `sale-${saleId}`, 'announced twice');
      return;
    }
    if (seats !== undefined && new Set(seats).size !== capacity) {
      this.report('free-held-sold', `sale-${saleId}`, `capacity ${capacity} with ${new Set(seats).size} seats`);
    }
    this.sales.set(saleId, {
      capacity,
      held: 0,
      sold: 0,
      limit: perPersonLimit,
      seats: seats && new Map(seats.map((seat) => [seat, undefined])),
      persons: new Map(),
    });
  }

  #change(saleId: string, sale: SaleEntry, event: Exclude<SaleEvent, { type: 'SaleAnnounced' }>): void {
    switch (event.type) {
      case 'SaleOpened':
      case 'SalePaused':
      case 'SaleClosed':
        return;
      case 'CapacityChanged':
        sale.capacity = event.data.capacity;
        return;
      case 'PlacesHeld':
        this.#held(saleId, sale, event.data);
        return;
      case 'HoldExtended': {
        const places = this.#open(event.type, saleId, event.data.orderId);
        // What a payment adds ends with the payment.
        if (places !== undefined && event.data.reason === 'buyer') places.expiresAt = event.data.expiresAt;
        return;
      }
      case 'HoldLapsed':
        this.#lapsed(saleId, sale, event.data);
        return;
      case 'HoldReleased':
        this.#ended(event.type, saleId, sale, event.data, 'released');
        return;
      case 'PlacesForgone': {
        const places = this.places.get(event.data.orderId);
        if (places?.status === 'lapsed') places.status = 'released';
        else this.report('hold-once', `sale-${saleId}`, `${event.data.orderId} forgone: ${places?.status ?? 'none'}`);
        return;
      }
      case 'PlacesSold':
        this.#sold(saleId, sale, event.data);
        return;
      case 'PlacesReturned':
        this.#returned(saleId, sale, event.data);
        return;
      default:
        event satisfies never;
    }
  }

  #held(saleId: string, sale: SaleEntry, data: Of<'PlacesHeld'>): void {
    const { orderId, personId, quantity, seats = [], expiresAt } = data;
    const before = this.places.get(orderId);
    if (before !== undefined && before.saleId !== saleId) {
      this.report('ids-unique', `order-${orderId}`, `has places in sale-${before.saleId} and in sale-${saleId}`);
    }
    if (before !== undefined && before.status !== 'lapsed') {
      this.report('hold-once', `order-${orderId}`, `was given places while its first were ${before.status}`);
    }
    const places = { saleId, personId, quantity, seats, expiresAt, ticketIds: [], returned: new Set<string>() };
    this.places.set(orderId, { ...places, status: 'held' });
    sale.held += quantity;
    this.#seat(saleId, sale, orderId, data);
    const ofPerson = (sale.persons.get(personId) ?? 0) + quantity;
    sale.persons.set(personId, ofPerson);
    if (ofPerson > sale.limit) {
      this.report('limit-per-person', `sale-${saleId}`, `person ${personId} has ${ofPerson} of ${sale.limit} places`);
    }
  }

  #seat(saleId: string, sale: SaleEntry, orderId: string, { seats = [], quantity }: Of<'PlacesHeld'>): void {
    if (sale.seats === undefined) return;
    if (new Set(seats).size !== quantity) {
      this.report('seat-once', `order-${orderId}`, `${quantity} places on ${new Set(seats).size} seats`);
    }
    for (const seat of seats) {
      const owner = sale.seats.get(seat);
      if (owner !== undefined)
        this.report('seat-once', `sale-${saleId}`, `seat ${seat} of order ${owner} and ${orderId}`);
      if (!sale.seats.has(seat)) this.report('seat-once', `sale-${saleId}`, `there is no seat ${seat}`);
      sale.seats.set(seat, orderId);
    }
  }

  #lapsed(saleId: string, sale: SaleEntry, data: Of<'HoldLapsed'>): void {
    const places = this.places.get(data.orderId);
    if (places !== undefined && data.lapsedAt < places.expiresAt) {
      this.report('hold-in-time', `order-${data.orderId}`, `lapsed ${places.expiresAt - data.lapsedAt} ms too early`);
    }
    this.#ended('HoldLapsed', saleId, sale, data, 'lapsed');
  }

  #ended(
    type: string,
    saleId: string,
    sale: SaleEntry,
    { orderId }: { readonly orderId: string },
    status: 'lapsed' | 'released',
  ): void {
    const places = this.#open(type, saleId, orderId);
    if (places === undefined) return;
    places.status = status;
    sale.held -= places.quantity;
    free(sale, places.personId, places.quantity, places.seats);
  }

  #sold(saleId: string, sale: SaleEntry, { orderId, quantity, ticketIds }: Of<'PlacesSold'>): void {
    const places = this.#open('PlacesSold', saleId, orderId);
    if (places === undefined) return;
    if (places.quantity !== quantity || new Set(ticketIds).size !== quantity) {
      const sold = `${quantity} places with ${new Set(ticketIds).size} tickets`;
      this.report('tickets-as-paid', `order-${orderId}`, `held ${places.quantity} places, was sold ${sold}`);
    }
    places.status = 'sold';
    places.ticketIds = ticketIds;
    sale.held -= places.quantity;
    sale.sold += places.quantity;
    for (const ticketId of ticketIds) {
      const owner = this.tickets.get(ticketId);
      if (owner !== undefined) this.report('ids-unique', `ticket-${ticketId}`, `sold to order ${owner} and ${orderId}`);
      this.tickets.set(ticketId, orderId);
    }
  }

  #returned(saleId: string, sale: SaleEntry, { orderId, quantity, ticketIds }: Of<'PlacesReturned'>): void {
    const places = this.places.get(orderId);
    const left = ticketIds.filter((id) => places?.ticketIds.includes(id) && !places.returned.has(id));
    if (places?.status !== 'sold' || left.length !== quantity) {
      this.report(
        'hold-once',
        `sale-${saleId}`,
        `${quantity} places of order ${orderId} returned, it had ${left.length}`,
      );
    }
    sale.sold -= quantity;
    if (places === undefined) return;
    const seats = left.flatMap((id) => places.seats[places.ticketIds.indexOf(id)] ?? []);
    for (const ticketId of left) places.returned.add(ticketId);
    free(sale, places.personId, quantity, seats);
  }

  /** The held places of an order; reports if there are none. */
  #open(type: string, saleId: string, orderId: string): PlacesEntry | undefined {
    const places = this.places.get(orderId);
    if (places?.status === 'held' && places.saleId === saleId) return places;
    this.report(
      'hold-once',
      `sale-${saleId}`,
      `${type} of order ${orderId}, whose places are ${places?.status ?? 'none'}`,
    );
    return undefined;
  }
}

/** The places count for nobody any more. */
const free = (sale: SaleEntry, personId: string, quantity: number, seats: readonly string[]): void => {
  const left = (sale.persons.get(personId) ?? 0) - quantity;
  if (left > 0) sale.persons.set(personId, left);
  else sale.persons.delete(personId);
  for (const seat of seats) sale.seats?.set(seat, undefined);
};
