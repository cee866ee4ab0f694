import type { Position, RecordedEvent } from '../../src/application/ports/event-store.js';
import type { CardEvent } from '../../src/domain/banking/card-events.js';
import type { TransactionEvent } from '../../src/domain/banking/transaction-events.js';
import type { OrderEvent } from '../../src/domain/ticketing/order-events.js';
import type { SaleEvent } from '../../src/domain/ticketing/sale-events.js';
import type { TicketEvent } from '../../src/domain/ticketing/ticket-events.js';
import { openCatalogue } from '../../src/main/catalogue.js';

export type AnyEvent = SaleEvent | OrderEvent | TicketEvent | CardEvent | TransactionEvent;
export type Step = readonly [stream: string, event: AnyEvent];

export const catalogue = openCatalogue();

/** When the n-th event of a history was recorded, from 0 up. */
export const recordedAt = (index: number): number => Date.parse('2026-03-10T12:00:00Z') + index;

/** Steps as a store has them. */
export const recorded = (steps: readonly Step[]): readonly RecordedEvent[] => {
  const revisions = new Map<string, bigint>();
  return steps.map(([stream, event], index) => {
    const revision = (revisions.get(stream) ?? -1n) + 1n;
    revisions.set(stream, revision);
    return {
      id: `event-${index}`,
      ...catalogue.encode(event, { correlationId: 'c', causationId: 'c' }),
      stream,
      revision,
      position: (index + 1).toString(16).padStart(16, '0') as Position,
      recordedAt: recordedAt(index),
    };
  });
};
