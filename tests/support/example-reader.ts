import type { EventCatalogue } from '../../src/application/event-catalogue.js';
import { parkingReader } from '../../src/application/feed/parking-reader.js';
import type { Clock } from '../../src/application/ports/clock.js';
import type { FeedReader } from '../../src/application/ports/feed.js';
import type { Park } from '../../src/application/ports/park.js';
import type { EventOf } from '../../src/domain/event.js';
import type { orderEvents } from '../../src/domain/ticketing/order-events.js';

type Placed = Extract<EventOf<typeof orderEvents>, { type: 'OrderPlaced' }>;

/** Greets each buyer. An event may come twice: what it is greeted under is the event's id. */
export const greeter = (
  parts: { readonly park: Park; readonly clock: Clock; readonly catalogue: EventCatalogue },
  greet: (eventId: string, name: string) => Promise<void>,
): FeedReader =>
  parkingReader({
    group: 'greeter',
    types: ['OrderPlaced'],
    ...parts,
    handleEvents: async (events) => {
      for (const stored of events) {
        const { data } = parts.catalogue.decode(stored) as Placed;
        await greet(stored.id, data.buyer.name);
      }
    },
  });
