import type { saleEvents } from '../../domain/ticketing/sale-events.js';
import type { Change, Fact, HandlersOf, Projection } from '../projection.js';

export interface HoldDocument {
  readonly orderId: string;
  readonly saleId: string;
  readonly expiresAt: number;
  /** When the hold is to lapse, in milliseconds since the epoch; null when there is none any more. */
  readonly dueAt: number | null;
}

const change = (fact: Fact<{ readonly orderId: string }>, values: Partial<HoldDocument>): readonly Change[] => {
  const { orderId } = fact.data;
  const saleId = fact.stream.slice('sale-'.length);
  return [{ collection: 'holds', id: orderId, $set: { orderId, saleId, ...values } }];
};

const held = (fact: Fact<{ readonly orderId: string; readonly expiresAt: number }>): readonly Change[] =>
  change(fact, { expiresAt: fact.data.expiresAt, dueAt: fact.data.expiresAt });

const over = (fact: Fact<{ readonly orderId: string }>): readonly Change[] => change(fact, { dueAt: null });

const handlers: HandlersOf<typeof saleEvents> = {
  PlacesHeld: held,
  HoldExtended: held,
  HoldLapsed: over,
  HoldReleased: over,
  PlacesSold: over,
};

/** Places that are kept for an order, by order id. */
export const holds: Projection = {
  name: 'holds',
  version: 1,
  collections: { holds: { indexes: [['dueAt']] } },
  handlers,
};
