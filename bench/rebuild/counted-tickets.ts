import { isDeepStrictEqual } from 'node:util';
import type { Change, DecodedEvent, Projection } from '../../src/projections/projection.js';
import { type TicketDocument, tickets } from '../../src/projections/ticketing/tickets.js';
import { historyOf } from './history.js';

/** The product's tickets view, with a count of the events that each document was made of: what was left out or taken twice shows. */
export const countedTickets: Projection = {
  ...tickets,
  name: 'counted-tickets',
  handlers: Object.fromEntries(
    Object.entries(tickets.handlers).map(([type, handler]) => [
      type,
      (fact: DecodedEvent<never>): readonly Change[] =>
        handler(fact).map((change) => ({ ...change, $inc: { ...change.$inc, events: 1 } })),
    ]),
  ),
};

export type CountedTicket = TicketDocument & { readonly events: number };

/** The document as it must be, folded here and not by what is measured. */
export const expectedTicket = (seed: number, number: number): CountedTicket => {
  const events = historyOf(seed, number);
  const document: Record<string, unknown> = {};
  for (const { type, data } of events) {
    switch (type) {
      case 'TicketIssued':
        Object.assign(document, data, { seat: null, status: 'issued', generation: 1, reason: null, refundId: null });
        Object.assign(document, { checkedInAt: null, checkedOutAt: null });
        break;
      case 'TicketCheckedIn':
        Object.assign(document, { status: 'inside', checkedInAt: data.checkedInAt });
        break;
      case 'TicketCheckedOut':
        Object.assign(document, { status: 'issued', checkedOutAt: data.checkedOutAt });
        break;
      case 'TicketTransferred':
        Object.assign(document, { holder: data.to, generation: data.generation });
        break;
      case 'TicketBlocked':
        Object.assign(document, { status: 'blocked', reason: data.reason });
        break;
      case 'TicketUnblocked':
        Object.assign(document, { status: 'issued', reason: null });
        break;
      default:
        throw new Error(`no ticket here has ${type}`);
    }
  }
  const made = { ...document, revision: String(events.length - 1), events: events.length };
  return made as unknown as CountedTicket;
};

/** What is wrong with documents, in events. */
export class Differences {
  skipped = 0;
  doubled = 0;
  /** Documents that differ in anything but the count. */
  different = 0;

  add(expected: CountedTicket, found: Readonly<Record<string, unknown>> | undefined): void {
    const events = Number(found?.events ?? 0);
    this.skipped += Math.max(0, expected.events - events);
    this.doubled += Math.max(0, events - expected.events);
    const isSame = Object.entries(expected).every(
      ([field, value]) => field === 'events' || isDeepStrictEqual(found?.[field], value),
    );
    if (!isSame) this.different++;
  }
}
