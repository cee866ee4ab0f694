import type { TicketEvent } from '../../src/domain/ticketing/ticket-events.js';
import { randomFrom } from '../harness/random.js';

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
const next = (kind: number, at: number, number: number, generation: number): TicketEvent => {
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
    events.push(next(kind, openedAt + step * stepMs, number, generation));
  }
  return events;
};

/**
 * The order in which one writer of several gets on with its tickets: some are under way at a time, and which goes on is
 * chance. The writer with number w has the tickets w, w + writers, …
 * @returns ticket numbers, each as often as it has events
 */
export function* turnsOf(seed: number, tickets: number, writer: number, writers: number): Generator<number> {
  const random = randomFrom(seed * 97 + writer);
  const underWay: { number: number; left: number }[] = [];
  let begun = writer;
  for (;;) {
    while (underWay.length < ticketsUnderWay && begun < tickets) {
      underWay.push({ number: begun, left: eventsPerTicket });
      begun += writers;
    }
    const index = Math.floor(random() * underWay.length);
    const ticket = underWay[index];
    if (ticket === undefined) return;
    yield ticket.number;
    if (--ticket.left === 0) underWay.splice(index, 1);
  }
}

/** Of each writer: a hall fills over the evening, not one guest after the other. */
const ticketsUnderWay = 1_000;
