import type { TicketEvent } from '../../src/domain/ticketing/ticket-events.js';
import { randomFrom } from '../harness/random.js';
import type { Turn } from './jobs.js';

/** Events of each ticket: its issue, and what people do with it at the door. */
export const eventsPerTicket = 10;

const openedAt = Date.UTC(2035, 4, 1, 18);
const stepMs = 60_000;

const issued = (ticketId: string, number: number): TicketEvent => ({
  type: 'TicketIssued',
  data: {
    ticketId,
    saleId: `sale-${number % 1_000}`,
    orderId: `order-${number >> 1}`,
    holder: { email: `buyer-${number}@example.com`, name: `Buyer ${number}` },
    issuedAt: openedAt,
  },
});

/** What follows at the door; the generation counts how often the ticket was given on. */
const following = (kind: number, at: number, number: number, generation: number): TicketEvent => {
  const nonce = `nonce-${number}-${at}`;
  if (kind < 4) return { type: 'TicketCheckedIn', data: { nonce, checkedInAt: at } };
  if (kind < 7) return { type: 'TicketCheckedOut', data: { nonce, checkedOutAt: at } };
  if (kind === 7) return { type: 'TicketBlocked', data: { reason: 'lost', blockedAt: at } };
  if (kind === 8) return { type: 'TicketUnblocked', data: { unblockedAt: at } };
  const to = { email: `friend-${number}-${generation}@example.com`, name: `Friend ${number}` };
  return { type: 'TicketTransferred', data: { to, generation, transferredAt: at } };
};

export const streamOf = (number: number): string => `ticket-${number}`;

/** All events of one ticket, the same for the same seed. */
export const historyOf = (seed: number, number: number): readonly TicketEvent[] => {
  const random = randomFrom(seed * 31 + number);
  const events = [issued(`${number}`, number)];
  let generation = 1;
  for (let step = 1; step < eventsPerTicket; step++) {
    const kind = Math.floor(random() * 10);
    if (kind === 9) generation++;
    events.push(following(kind, openedAt + step * stepMs, number, generation));
  }
  return events;
};

/** Of all writers together: a hall fills over the evening, not one guest after the other. */
const ticketsUnderWay = 10_000;

export interface Writers {
  readonly seed: number;
  readonly tickets: number;
  readonly writers: number;
}

/**
 * The order in which one writer of several gets on with its tickets: many are under way at a time, and which goes on is
 * chance. The writer with number w has the tickets w, w + writers, …
 */
export function* turnsOf({ seed, tickets, writers }: Writers, writer: number): Generator<Turn> {
  const random = randomFrom(seed * 97 + writer);
  const underWay: { stream: string; left: TicketEvent[] }[] = [];
  let next = writer;
  for (;;) {
    while (underWay.length < ticketsUnderWay / writers && next < tickets) {
      underWay.push({ stream: streamOf(next), left: [...historyOf(seed, next)] });
      next += writers;
    }
    const index = Math.floor(random() * underWay.length);
    const ticket = underWay[index];
    const event = ticket?.left.shift();
    if (ticket === undefined || event === undefined) return;
    yield { stream: ticket.stream, event };
    if (ticket.left.length === 0) underWay.splice(index, 1);
  }
}
