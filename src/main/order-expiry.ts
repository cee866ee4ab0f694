import type { EventCatalogue } from '../application/event-catalogue.js';
import type { TakeEvents } from '../application/feed/parking-reader.js';
import type { Orders } from '../application/ticketing/orders.js';

/** The reader that tells orders of their lapsed holds. */
export const orderExpiry = { group: 'order-expiry', types: ['HoldLapsed'] } as const;

/** @throws what the order's stream throws; the events may come again */
export const expireOrders =
  (orders: Orders, catalogue: EventCatalogue): TakeEvents =>
  async (events) => {
    for (const stored of events) await orders.expire(lapsedOrder(catalogue.decode(stored).data), stored.id);
  };

const lapsedOrder = (data: unknown): string => (data as { readonly orderId: string }).orderId;
