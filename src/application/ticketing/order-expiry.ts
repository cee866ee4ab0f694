import type { EventCatalogue } from '../event-catalogue.js';
import type { TakeEvents } from '../feed/parking-reader.js';
import type { Orders } from './orders.js';

/** The reader that tells orders of their lapsed holds. */
export const orderExpiry = { group: 'order-expiry', types: ['HoldLapsed'] } as const;

/** @throws what the order's stream throws; the events may come again */
export const expireOrders =
  (orders: Orders, catalogue: EventCatalogue): TakeEvents =>
  async (events) => {
    await Promise.all(events.map((stored) => orders.expire(lapsedOrder(catalogue.decode(stored).data), stored.id)));
  };

const lapsedOrder = (data: unknown): string => (data as { readonly orderId: string }).orderId;
