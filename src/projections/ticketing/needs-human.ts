import type { orderEvents } from '../../domain/ticketing/order-events.js';
import { listKey } from '../list-key.js';
import type { Change, DecodedEvent, HandlersOf, Projection } from '../projection.js';
import type { Review } from './orders.js';

export interface NeedsHumanDocument {
  readonly orderId: string;
  /** What the process can't do by itself. */
  readonly stuck: Review | null;
  /** Money that came after the places had gone, till it is given back. */
  readonly paidAfterExpiry: Review | null;
  readonly note: string | null;
  readonly resolvedAt: number | null;
  /** Sorts the open matters by their begin. Each has its own, different ones, null when it is over. */
  readonly stuckKey: string | null;
  readonly paidKey: string | null;
}

const change = (event: DecodedEvent, values: Partial<NeedsHumanDocument>): readonly Change[] => {
  const orderId = event.stream.slice('order-'.length);
  return [{ collection: 'needs-human', id: orderId, $set: { orderId, ...values } }];
};

const handlers: HandlersOf<typeof orderEvents> = {
  HumanNeeded: (event) => {
    const { reason, since } = event.data;
    return change(event, { stuck: { reason, since }, stuckKey: listKey(since, event.stream), resolvedAt: null });
  },
  HumanDone: (event) =>
    change(event, { stuck: null, stuckKey: null, note: event.data.note, resolvedAt: event.data.doneAt }),
  PlacesLost: (event) => {
    const since = event.data.lostAt;
    const paidAfterExpiry = { reason: 'paid_after_expiry', since };
    return change(event, { paidAfterExpiry, paidKey: listKey(since, `${event.stream}/paid`), resolvedAt: null });
  },
  PaymentReversed: (event) =>
    event.data.reason === 'places_lost'
      ? change(event, { paidAfterExpiry: null, paidKey: null, resolvedAt: event.data.reversedAt })
      : [],
};

/** Orders that a person must look at, by order id. */
export const needsHuman: Projection = {
  name: 'needs-human',
  version: 1,
  collections: { 'needs-human': { indexes: [['stuckKey'], ['paidKey']] } },
  handlers,
};
