import { accept, type CommandOf, type Decider, refuse } from '../decider.js';
import type { PlacesRequest, SaleCommand, SaleDecision, SaleRefusal } from './sale-commands.js';
import { type SaleEvent, saleEvents } from './sale-events.js';
import { saleSnapshotCodec } from './sale-snapshot.js';
import { availability, evolve, type Places, type Sale, type SaleState } from './sale-state.js';

/** Holds that one decision lets lapse; what is left is for the next, so that an append never grows with a sale. */
const lapsedAtOnce = 500;

const decide = (command: SaleCommand, state: SaleState): SaleDecision => {
  if (command.type === 'Announce') {
    const { type: _, now, ...terms } = command;
    if (state.status !== 'none') return isSameSale(terms, state.terms) ? accept() : refuse({ code: 'id_reused' });
    if (isTooLate(terms, now)) return refuse({ code: 'show_has_begun' });
    return accept({ type: 'SaleAnnounced', data: { ...terms, announcedAt: now } });
  }
  if (state.status === 'none') return refuse({ code: 'sale_unknown' });
  switch (command.type) {
    case 'Open':
    case 'Pause':
    case 'Close':
      return decideStatus(command, state);
    case 'ChangeCapacity':
      return decideCapacity(command, state);
    case 'Hold':
      return decideHold(command, state);
    case 'Reacquire':
      return decideReacquire(command, state);
    case 'Extend':
      return decideExtend(command, state);
    case 'ExtendForPayment':
      return decideExtendForPayment(command, state);
    case 'Confirm':
      return decideConfirm(command, state);
    case 'Release':
      return decideRelease(command, state);
    case 'Forgo':
      return decideForgo(command, state);
    case 'LapseDue':
      return decideLapse(command, state);
    case 'Return':
      return decideReturn(command, state);
    default:
      return command satisfies never;
  }
};

/** What was held before may still be extended, paid and sold. */
const isTooLate = ({ startsAt, sellsAfterStart }: Terms, now: number): boolean =>
  now >= startsAt && sellsAfterStart !== true;

type Terms = Omit<CommandOf<SaleCommand, 'Announce'>, 'type' | 'now'>;

const isSameSale = (one: Terms, other: Terms): boolean => contentOf(one) === contentOf(other);

const contentOf = (terms: Terms): string => {
  const { name, venue, startsAt, timeZone, capacity, seats, price, perPersonLimit, holdSeconds } = terms;
  const { opensAt, closesAt, sellsAfterStart } = terms;
  const show = [name, venue, startsAt, timeZone];
  const places = [capacity, seats, perPersonLimit, holdSeconds];
  const { amountMinor, currency } = price;
  return JSON.stringify([...show, ...places, amountMinor, currency, opensAt, closesAt, sellsAfterStart]);
};

const decideStatus = (command: CommandOf<SaleCommand, 'Open' | 'Pause' | 'Close'>, sale: Sale): SaleDecision => {
  const { status, terms } = sale;
  const { type, now } = command;
  if (type === 'Close') return status === 'closed' ? accept() : accept({ type: 'SaleClosed', data: { closedAt: now } });
  if (status === 'closed') return refuse({ code: 'sale_closed' });
  if (command.type === 'Open' && command.isScheduled === true && status !== 'announced') return accept();
  if (command.type === 'Open') {
    if (status === 'open') return accept();
    if (!isTooLate(terms, now)) return accept({ type: 'SaleOpened', data: { openedAt: now } });
    // Its hour was missed, and it never opens by itself any more.
    if (command.isScheduled === true) return accept({ type: 'SaleClosed', data: { closedAt: now } });
    return refuse({ code: 'show_has_begun' });
  }
  if (status === 'announced') return refuse({ code: 'sale_not_open', status });
  return status === 'paused' ? accept() : accept({ type: 'SalePaused', data: { pausedAt: now } });
};

/** Holds that are over don't stand in the way, and lapse first. */
const decideCapacity = ({ capacity, now }: CommandOf<SaleCommand, 'ChangeCapacity'>, sale: Sale): SaleDecision => {
  if (sale.seats !== undefined) return refuse({ code: 'capacity_is_seats' });
  if (capacity === sale.capacity) return accept();
  if (sale.status === 'closed') return refuse({ code: 'sale_closed' });
  let takenPlaces = sale.held + sale.sold;
  const leaving: SaleEvent[] = [];
  for (const places of sale.open.due(now)) {
    if (takenPlaces <= capacity) break;
    leaving.push(lapsed(places, now));
    takenPlaces -= places.quantity;
  }
  if (capacity < takenPlaces) return refuse({ code: 'capacity_below_taken', takenPlaces });
  return accept(...leaving, { type: 'CapacityChanged', data: { capacity, changedAt: now } });
};

const lapsed = ({ orderId, personId, quantity, seats }: Places, now: number): SaleEvent => ({
  type: 'HoldLapsed',
  data: { orderId, personId, quantity, ...(seats && { seats }), lapsedAt: now },
});

const decideLapse = ({ orderId, now }: CommandOf<SaleCommand, 'LapseDue'>, sale: Sale): SaleDecision => {
  const due = new Set(sale.open.due(now).slice(0, lapsedAtOnce));
  const ofOrder = orderId === undefined ? undefined : sale.orders.get(orderId);
  if (ofOrder?.status === 'held' && ofOrder.heldUntil <= now) due.add(ofOrder);
  return accept(...[...due].map((places) => lapsed(places, now)));
};

const decideHold = (command: CommandOf<SaleCommand, 'Hold'>, sale: Sale): SaleDecision => {
  const known = sale.orders.get(command.orderId);
  if (known !== undefined && !isSameRequest(command, known)) return refuse({ code: 'id_reused' });
  if (known?.status === 'held' || known?.status === 'sold') return accept();
  if (known !== undefined) return refuse({ code: 'hold_lapsed' });
  if (sale.status !== 'open') return refuse({ code: 'sale_not_open', status: sale.status });
  if (isTooLate(sale.terms, command.now)) return refuse({ code: 'show_has_begun' });
  return take(command, sale, command.now + sale.terms.holdSeconds * 1_000);
};

const isSameRequest = (request: PlacesRequest, { personId, quantity, seats }: Places): boolean =>
  request.personId === personId &&
  request.quantity === quantity &&
  JSON.stringify(request.seats) === JSON.stringify(seats);

const decideReacquire = (command: CommandOf<SaleCommand, 'Reacquire'>, sale: Sale): SaleDecision => {
  const known = sale.orders.get(command.orderId)?.status;
  if (known === 'held' || known === 'sold') return accept();
  return known === 'lapsed' ? take(command, sale, command.until) : refuse({ code: 'hold_lapsed' });
};

/** Takes places; those whose time is over don't stand in the way, and lapse first. */
const take = (request: PlacesRequest, sale: Sale, expiresAt: number): SaleDecision => {
  const { orderId, personId, quantity, seats, now } = request;
  if (!Number.isSafeInteger(quantity) || quantity < 1) throw new RangeError(`${quantity} places can't be held`);
  if (seats !== undefined && new Set(seats).size !== quantity) {
    throw new RangeError(`${quantity} places need as many different seats`);
  }
  const misfit = misfitOf(request, sale);
  if (misfit !== undefined) return refuse(misfit);
  const held: SaleEvent = {
    type: 'PlacesHeld',
    data: { orderId, personId, quantity, ...(seats && { seats }), heldAt: now, expiresAt },
  };
  const refusal = refusalOf(request, sale, []);
  if (refusal === undefined) return accept(held);
  const leaving = leavingFor(request, sale);
  if (leaving.length === 0 || refusalOf(request, sale, leaving) !== undefined) return refuse(refusal);
  return accept(...leaving.map((places) => lapsed(places, now)), held);
};

/**
 * Holds that are over: those that stand in the way of the request, and of the others as many as one decision takes, or
 * more where there would not be places enough.
 */
const leavingFor = ({ personId, quantity, seats, now }: PlacesRequest, sale: Sale): readonly Places[] => {
  const isInTheWay = (places: Places): boolean =>
    places.personId === personId || places.seats?.some((name) => seats?.includes(name)) === true;
  const due = sale.open.due(now);
  const leaving = due.filter(isInTheWay);
  let { free } = availability(sale);
  for (const places of leaving) free += places.quantity;
  for (const places of due) {
    if (free >= quantity && leaving.length >= lapsedAtOnce) break;
    if (isInTheWay(places)) continue;
    leaving.push(places);
    free += places.quantity;
  }
  return leaving;
};

/** Why the request can't be met, however long it waits. */
const misfitOf = ({ seats }: PlacesRequest, sale: Sale): SaleRefusal | undefined => {
  if (sale.seats === undefined) return seats === undefined ? undefined : { code: 'seats_not_named' };
  if (seats === undefined) return { code: 'seats_required' };
  const unknown = seats.filter((name) => !sale.seats?.has(name));
  return unknown.length > 0 ? { code: 'unknown_seats', seats: unknown } : undefined;
};

/** Why the places can't be had, counting without those of `leaving`. */
const refusalOf = (request: PlacesRequest, sale: Sale, leaving: readonly Places[]): SaleRefusal | undefined => {
  const { personId, quantity, seats } = request;
  const leavingOrders = new Set(leaving.map(({ orderId }) => orderId));
  const taken = (seats ?? []).filter((name) => {
    const owner = sale.seats?.get(name);
    return typeof owner === 'string' && !leavingOrders.has(owner);
  });
  if (taken.length > 0) return { code: 'seats_taken', seats: taken };
  let { free } = availability(sale);
  let ofPerson = sale.persons.get(personId) ?? 0;
  for (const places of leaving) {
    free += places.quantity;
    if (places.personId === personId) ofPerson -= places.quantity;
  }
  if (quantity > free) return { code: 'sold_out', free };
  const limit = sale.terms.perPersonLimit;
  return ofPerson + quantity > limit ? { code: 'limit_per_person', limit, taken: ofPerson } : undefined;
};

const decideExtend = ({ orderId, now }: CommandOf<SaleCommand, 'Extend'>, sale: Sale): SaleDecision => {
  const places = sale.orders.get(orderId);
  if (places?.status === 'sold') return refuse({ code: 'already_sold' });
  if (places?.status !== 'held' || places.heldUntil <= now) return refuse({ code: 'hold_lapsed' });
  const holdMs = sale.terms.holdSeconds * 1_000;
  const expiresAt = Math.min(now + holdMs, places.heldAt + 2 * holdMs);
  if (expiresAt <= places.heldUntil) return refuse({ code: 'extension_capped' });
  return accept({ type: 'HoldExtended', data: { orderId, expiresAt, reason: 'buyer', extendedAt: now } });
};

const decideExtendForPayment = (
  { orderId, until, now }: CommandOf<SaleCommand, 'ExtendForPayment'>,
  sale: Sale,
): SaleDecision => {
  const places = sale.orders.get(orderId);
  if (places?.status === 'sold') return accept();
  if (places?.status !== 'held' || places.expiresAt <= now) return refuse({ code: 'hold_lapsed' });
  if (places.expiresAt >= until) return accept();
  return accept({ type: 'HoldExtended', data: { orderId, expiresAt: until, reason: 'payment', extendedAt: now } });
};

/** Wins as long as no one has said that the hold is over. */
const decideConfirm = ({ orderId, ticketIds, now }: CommandOf<SaleCommand, 'Confirm'>, sale: Sale): SaleDecision => {
  const places = sale.orders.get(orderId);
  if (places?.status === 'sold') return accept();
  if (places?.status !== 'held') return refuse({ code: 'hold_lapsed' });
  const { personId, quantity, seats } = places;
  if (ticketIds.length !== quantity)
    throw new Error(`order ${orderId} holds ${quantity} places, not ${ticketIds.length}`);
  return accept({
    type: 'PlacesSold',
    data: { orderId, personId, quantity, ...(seats && { seats }), ticketIds, soldAt: now },
  });
};

const decideRelease = ({ orderId, now }: CommandOf<SaleCommand, 'Release'>, sale: Sale): SaleDecision => {
  const places = sale.orders.get(orderId);
  if (places?.status === 'sold') return refuse({ code: 'already_sold' });
  if (places?.status !== 'held') return accept();
  const { personId, quantity, seats } = places;
  return accept({
    type: 'HoldReleased',
    data: { orderId, personId, quantity, ...(seats && { seats }), releasedAt: now },
  });
};

const decideForgo = ({ orderId, now }: CommandOf<SaleCommand, 'Forgo'>, sale: Sale): SaleDecision => {
  const places = sale.orders.get(orderId);
  switch (places?.status) {
    case 'held':
      return decideRelease({ type: 'Release', orderId, now }, sale);
    case 'sold':
      return decideReturn({ type: 'Return', orderId, ticketIds: places.ticketIds, now }, sale);
    case 'lapsed':
      return accept({ type: 'PlacesForgone', data: { orderId, forgoneAt: now } });
    default:
      return accept();
  }
};

const decideReturn = ({ orderId, ticketIds, now }: CommandOf<SaleCommand, 'Return'>, sale: Sale): SaleDecision => {
  const places = sale.orders.get(orderId);
  const known = new Set(places?.status === 'sold' ? places.ticketIds : []);
  const unknown = ticketIds.filter((ticketId) => !known.has(ticketId));
  if (places === undefined || unknown.length > 0) return refuse({ code: 'unknown_tickets', ticketIds: unknown });
  const left = [...new Set(ticketIds)].filter((ticketId) => !places.returned.has(ticketId));
  if (left.length === 0) return accept();
  const seats = places.seats && left.flatMap((ticketId) => places.seats?.[places.ticketIds.indexOf(ticketId)] ?? []);
  return accept({
    type: 'PlacesReturned',
    data: {
      orderId,
      personId: places.personId,
      quantity: left.length,
      ...(seats && { seats }),
      ticketIds: left,
      returnedAt: now,
    },
  });
};

/** The places of one show: the one boundary within which they are counted. Its stream is `sale-<id>`. */
export const sale: Decider<SaleState, SaleCommand, SaleEvent, SaleRefusal> = {
  category: 'sale',
  events: saleEvents,
  initialState: () => ({ status: 'none' }),
  evolve,
  decide,
  snapshotCodec: saleSnapshotCodec,
};
