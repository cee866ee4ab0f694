import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { TicketEvent } from '../../../src/domain/ticketing/ticket-events.js';
import { type TicketDocument, tickets } from '../../../src/projections/ticketing/tickets.js';
import { given, uncovered } from '../../support/projection.js';
import type { Step } from '../../support/recorded.js';

const ana = { email: 'ana@example.org', name: 'Ana' };
const rui = { email: 'rui@example.org', name: 'Rui' };

const issued = {
  type: 'TicketIssued',
  data: { ticketId: 't', saleId: 's', orderId: 'o', holder: ana, issuedAt: 1_000 },
} satisfies TicketEvent;
const checkedIn: TicketEvent = { type: 'TicketCheckedIn', data: { nonce: 'n-1', checkedInAt: 2_000 } };
const checkedOut: TicketEvent = { type: 'TicketCheckedOut', data: { nonce: 'n-2', checkedOutAt: 3_000 } };
const transferred: TicketEvent = { type: 'TicketTransferred', data: { to: rui, generation: 2, transferredAt: 2_000 } };
const blocked: TicketEvent = { type: 'TicketBlocked', data: { reason: 'stolen', blockedAt: 2_000 } };
const unblocked: TicketEvent = { type: 'TicketUnblocked', data: { unblockedAt: 3_000 } };
const revoked: TicketEvent = { type: 'TicketRevoked', data: { reason: 'fraud', revokedAt: 2_000 } };
const cancelled: TicketEvent = { type: 'TicketCancelled', data: { refundId: 'r', cancelledAt: 2_000 } };
const reinstated: TicketEvent = {
  type: 'TicketReinstated',
  data: { refundId: 'r', status: 'blocked', reinstatedAt: 5_000 },
};
const refunded: TicketEvent = { type: 'TicketRefunded', data: { refundId: 'r', refundedAt: 3_000 } };
const returned: TicketEvent = { type: 'TicketReturned', data: { returnedAt: 4_000 } };

const ticket: TicketDocument = {
  ticketId: 't',
  saleId: 's',
  orderId: 'o',
  seat: null,
  holder: ana,
  status: 'issued',
  generation: 1,
  issuedAt: 1_000,
  checkedInAt: null,
  checkedOutAt: null,
  reason: null,
  refundId: null,
  revision: '0',
};

const ofTicket = (...events: readonly TicketEvent[]): readonly Step[] => events.map((event) => ['ticket-t', event]);

/** What follows the issue of a ticket, and what its document says then besides. */
const lives: readonly (readonly [what: string, events: readonly TicketEvent[], values: Partial<TicketDocument>])[] = [
  ['is issued', [], {}],
  ['is let in', [checkedIn], { status: 'inside', checkedInAt: 2_000 }],
  ['goes out', [checkedIn, checkedOut], { status: 'issued', checkedInAt: 2_000, checkedOutAt: 3_000 }],
  ['is passed on', [transferred], { holder: rui, generation: 2 }],
  ['is blocked', [blocked], { status: 'blocked', reason: 'stolen' }],
  ['is unblocked', [blocked, unblocked], { status: 'issued', reason: null }],
  ['is revoked', [revoked], { status: 'revoked', reason: 'fraud' }],
  ['is cancelled', [cancelled], { status: 'cancelled', refundId: 'r' }],
  ['is good again', [blocked, cancelled, reinstated], { status: 'blocked', reason: 'stolen', refundId: null }],
  ['is refunded', [cancelled, refunded], { status: 'refunded', refundId: 'r' }],
  ['is on sale again', [cancelled, refunded, returned], { status: 'returned', refundId: 'r' }],
];

describe('tickets', () => {
  for (const [what, events, values] of lives) {
    it(`shows a ticket that ${what}`, () => {
      given(tickets, ofTicket(issued, ...events)).then({
        tickets: { t: { ...ticket, ...values, revision: String(events.length) } },
      });
    });
  }

  it('has the seat where places have names', () => {
    const seated: TicketEvent = { type: 'TicketIssued', data: { ...issued.data, seat: 'A 1' } };
    given(tickets, ofTicket(seated)).then({ tickets: { t: { ...ticket, seat: 'A 1' } } });
  });

  it('keeps the tickets of an order apart', () => {
    const second: TicketEvent = { type: 'TicketIssued', data: { ...issued.data, ticketId: 'u' } };
    given(tickets, [...ofTicket(issued), ['ticket-u', second], ['ticket-u', checkedIn]]).then({
      tickets: { t: ticket, u: { ...ticket, ticketId: 'u', status: 'inside', checkedInAt: 2_000, revision: '1' } },
    });
  });

  it('was given every event of a ticket', () => {
    expect(uncovered(tickets)).to.deep.equal([]);
  });
});
