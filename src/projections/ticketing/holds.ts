import type { saleEvents } from '../../domain/ticketing/sale-events.js';
import type { Change, Fact, HandlersOf, Projection } from '../projection.js';

export interface HoldDocument {
  readonly orderId: string;
  readonly saleId: string;
  /** When the hold is to lapse, in milliseconds since the epoch. */
  readonly dueAt: number;
}

const held = ({ stream, data }: Fact<{ readonly orderId: string; readonly expiresAt: number }>): readonly Change[] => {
  const { orderId, expiresAt: dueAt } = data;
  return [{ collection: 'holds', id: orderId, $set: { orderId, saleId: stream.slice('sale-'.length), dueAt } }];
};

const over = ({ data }: Fact<{ readonly orderId: string }>): readonly Change[] => [
  { collection: 'holds', id: data.orderId, $delete: true },
];

const handlers: HandlersOf<typeof saleEvents> = {
  PlacesHeld: held,
  HoldExtended: held,
  HoldLapsed: over,
  HoldReleased: over,
  PlacesSold: over,
};

/** Places that are kept for an order now, by order id. */
export const holds: Projection = {
  name: 'holds',
  version: 2,
  collections: { holds: { indexes: [['dueAt']] } },
  handlers,
};
