import type { orderEvents } from '../../domain/ticketing/order-events.js';
import { listKey } from '../list-key.js';
import type { Change, Fact, HandlersOf, Projection } from '../projection.js';
import type { Matter } from './orders.js';

export interface NeedsHumanDocument {
  readonly orderId: string;
  /** What the process can't do by itself. */
  readonly stuck: Matter | null;
  /** Money that came after the places had gone, till it is given back. */
  readonly paidAfterExpiry: Matter | null;
  readonly note: string | null;
  readonly resolvedAt: number | null;
  /** Sorts the open matters by their begin. Each has its own, different ones, null when it is over. */
  readonly stuckKey: string | null;
  readonly paidKey: string | null;
}

const change = (fact: Fact, values: Partial<NeedsHumanDocument>): readonly Change[] => {
  const orderId = fact.stream.slice('order-'.length);
  return [{ collection: 'needs-human', id: orderId, $set: { orderId, ...values } }];
};

const handlers: HandlersOf<typeof orderEvents> = {
  HumanNeeded: (fact) => {
    const { reason, since } = fact.data;
    return change(fact, { stuck: { reason, since }, stuckKey: listKey(since, fact.stream), resolvedAt: null });
  },
  HumanDone: (fact) =>
    change(fact, { stuck: null, stuckKey: null, note: fact.data.note, resolvedAt: fact.data.doneAt }),
  PlacesLost: (fact) => {
    const since = fact.data.lostAt;
    const paidAfterExpiry = { reason: 'paid_after_expiry', since };
    return change(fact, { paidAfterExpiry, paidKey: listKey(since, `${fact.stream}/paid`), resolvedAt: null });
  },
  PaymentReversed: (fact) =>
    fact.data.reason === 'places_lost'
      ? change(fact, { paidAfterExpiry: null, paidKey: null, resolvedAt: fact.data.reversedAt })
      : [],
};

/** Orders that a person must look at, by order id. */
export const needsHuman: Projection = {
  name: 'needs-human',
  version: 1,
  collections: { 'needs-human': { indexes: [['stuckKey'], ['paidKey']] } },
  handlers,
};
