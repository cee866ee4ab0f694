import { expect } from 'chai';
import { ticket } from '../../../src/domain/ticketing/ticket.js';
import type { TicketCommand } from '../../../src/domain/ticketing/ticket-commands.js';
import type { TicketEvent } from '../../../src/domain/ticketing/ticket-events.js';
import { ticketOf } from '../../../src/domain/ticketing/ticket-state.js';
import { fold, given } from '../../support/decider.js';

const now = 5_000;
const ana = { email: 'ana@example.org', name: 'Ana' };
const rui = { email: 'rui@example.org', name: 'Rui' };
const admission = { ticketId: 't-1', saleId: 's-1', orderId: 'o-1', seat: 'A 1', holder: ana, issuedAt: 1_000 };

const issued: TicketEvent = { type: 'TicketIssued', data: admission };
const cameIn = (nonce: string): TicketEvent => ({
  type: 'TicketCheckedIn',
  data: { nonce, gateId: 'g-1', checkedInAt: now },
});
const wentOut = (nonce: string): TicketEvent => ({
  type: 'TicketCheckedOut',
  data: { nonce, gateId: 'g-1', checkedOutAt: now },
});
const handedTo = (to: typeof ana, generation: number): TicketEvent => ({
  type: 'TicketTransferred',
  data: { to, generation, transferredAt: now },
});
const blocked: TicketEvent = { type: 'TicketBlocked', data: { reason: 'lost', blockedAt: now } };
const unblocked: TicketEvent = { type: 'TicketUnblocked', data: { unblockedAt: now } };
const revoked: TicketEvent = { type: 'TicketRevoked', data: { reason: 'fraud', revokedAt: now } };
const cancelledFor = (refundId: string): TicketEvent => ({
  type: 'TicketCancelled',
  data: { refundId, cancelledAt: now },
});
const refunded: TicketEvent = { type: 'TicketRefunded', data: { refundId: 'r-1', refundedAt: now } };
const returned: TicketEvent = { type: 'TicketReturned', data: { returnedAt: now } };

const issue: TicketCommand = { type: 'Issue', ...admission };
const gate = { gateId: 'g-1', saleIds: ['s-0', 's-1'] };
const scanned = (nonce: string, generation?: number) => ({
  ...gate,
  nonce,
  ...(generation !== undefined && { generation }),
  now,
});
const checkIn = (...of: Parameters<typeof scanned>): TicketCommand => ({ type: 'CheckIn', ...scanned(...of) });
const checkOut = (...of: Parameters<typeof scanned>): TicketCommand => ({ type: 'CheckOut', ...scanned(...of) });
const transfer = (to: typeof ana): TicketCommand => ({ type: 'Transfer', to, now });
const block: TicketCommand = { type: 'Block', reason: 'lost', now };
const unblock: TicketCommand = { type: 'Unblock', now };
const revoke: TicketCommand = { type: 'Revoke', reason: 'fraud', now };
const cancel = (refundId: string): TicketCommand => ({ type: 'Cancel', refundId, now });
const markRefunded = (refundId: string): TicketCommand => ({ type: 'MarkRefunded', refundId, now });
const markReturned: TicketCommand = { type: 'MarkReturned', now };

const toJson = (...events: readonly TicketEvent[]) => ticketOf(fold(ticket, events));

describe('ticket', () => {
  it('is issued once, whoever asks again', () => {
    given(ticket, []).when(issue).then(issued);
    given(ticket, [issued]).when(issue).nothing();
    given(ticket, [issued])
      .when({ type: 'Issue', ...admission, holder: rui, issuedAt: 9_000 })
      .nothing();
    const { saleId, orderId, seat, holder } = admission;
    const fresh = { status: 'issued', generation: 1, wasInside: false };
    expect(toJson(issued)).to.deep.equal({ ...fresh, saleId, orderId, seat, holder });
    expect(toJson()).to.equal(undefined);
  });

  describe('check-in', () => {
    it('lets the holder in, out and in again, each scan by its nonce', () => {
      given(ticket, [issued]).when(checkIn('n-1')).then(cameIn('n-1'));
      given(ticket, [issued, cameIn('n-1')])
        .when(checkOut('n-2'))
        .then(wentOut('n-2'));
      given(ticket, [issued, cameIn('n-1'), wentOut('n-2')])
        .when(checkIn('n-3'))
        .then(cameIn('n-3'));
    });

    it('of the same scan again adds nothing; another scan of the same ticket is refused', () => {
      given(ticket, [issued, cameIn('n-1')])
        .when(checkIn('n-1'))
        .nothing();
      given(ticket, [issued, cameIn('n-1')])
        .when(checkIn('n-2'))
        .refused({ code: 'already_inside' });
      given(ticket, [issued, cameIn('n-1'), wentOut('n-2')])
        .when(checkOut('n-2'))
        .nothing();
      given(ticket, [issued, cameIn('n-1'), wentOut('n-2')])
        .when(checkIn('n-1'))
        .nothing();
      given(ticket, [issued, cameIn('n-1'), wentOut('n-2')])
        .when(checkOut('n-3'))
        .refused({ code: 'not_inside' });
    });

    it('knows the last hundred scans', () => {
      const story: TicketEvent[] = [issued];
      for (let scan = 1; scan <= 101; scan++) story.push(scan % 2 ? cameIn(`n-${scan}`) : wentOut(`n-${scan}`));
      given(ticket, story).when(checkIn('n-2')).nothing();
      given(ticket, story).when(checkIn('n-1')).refused({ code: 'already_inside' });
    });

    it('needs the secret that holds now', () => {
      const handed = [issued, handedTo(rui, 2)];
      given(ticket, [issued]).when(checkIn('n-1', 1)).then(cameIn('n-1'));
      given(ticket, handed).when(checkIn('n-1', 2)).then(cameIn('n-1'));
      given(ticket, handed).when(checkIn('n-1', 1)).refused({ code: 'secret_revoked' });
      given(ticket, handed).when(checkIn('n-1', 3)).refused({ code: 'secret_revoked' });
      given(ticket, handed).when(checkIn('n-1')).then(cameIn('n-1'));
    });

    it('is for the sales that the gate names: a ticket of another is told by its sale, before anything else', () => {
      const elsewhere = { ...scanned('n-1', 1), saleIds: ['s-0', 's-2'] };
      for (const type of ['CheckIn', 'CheckOut'] as const) {
        for (const story of [[issued], [issued, cameIn('n-1')], [issued, blocked]]) {
          given(ticket, story)
            .when({ type, ...elsewhere })
            .refused({ code: 'other_show', saleId: 's-1' });
        }
        given(ticket, [issued, handedTo(rui, 2)])
          .when({ type, ...elsewhere })
          .refused({ code: 'secret_revoked' });
      }
    });

    it('lets out by the secret that holds now', () => {
      const inside = [issued, handedTo(rui, 2), cameIn('n-1')];
      given(ticket, inside).when(checkOut('n-2', 2)).then(wentOut('n-2'));
      given(ticket, inside).when(checkOut('n-2', 1)).refused({ code: 'secret_revoked' });
    });

    it('with a revoked secret is told so, not whether the new holder is inside', () => {
      given(ticket, [issued, handedTo(rui, 2), cameIn('n-1')])
        .when(checkIn('n-2', 1))
        .refused({ code: 'secret_revoked' });
    });
  });

  describe('transfer', () => {
    it('makes a new secret each time and names the new holder', () => {
      given(ticket, [issued]).when(transfer(rui)).then(handedTo(rui, 2));
      given(ticket, [issued, handedTo(rui, 2)])
        .when(transfer(ana))
        .then(handedTo(ana, 3));
      const after = toJson(issued, handedTo(rui, 2));
      expect(after).to.include({ generation: 2, status: 'issued' });
      expect(after?.holder).to.deep.equal(rui);
    });

    it('to who has it adds nothing; to another name at the same address it is a transfer', () => {
      given(ticket, [issued]).when(transfer(ana)).nothing();
      given(ticket, [issued, handedTo(rui, 2)])
        .when(transfer(rui))
        .nothing();
      const eva = { ...ana, name: 'Eva' };
      given(ticket, [issued]).when(transfer(eva)).then(handedTo(eva, 2));
    });

    it('waits till the holder is out', () => {
      given(ticket, [issued, cameIn('n-1')])
        .when(transfer(rui))
        .refused({ code: 'already_inside' });
      given(ticket, [issued, cameIn('n-1'), wentOut('n-2')])
        .when(transfer(rui))
        .then(handedTo(rui, 2));
    });
  });

  describe('block and revoke', () => {
    it('a block ends, a revocation does not', () => {
      given(ticket, [issued]).when(block).then(blocked);
      given(ticket, [issued, blocked]).when(checkIn('n-1')).refused({ code: 'ticket_blocked' });
      given(ticket, [issued, blocked]).when(unblock).then(unblocked);
      given(ticket, [issued, blocked, unblocked]).when(checkIn('n-1')).then(cameIn('n-1'));
      given(ticket, [issued, blocked]).when(revoke).then(revoked);
      given(ticket, [issued, revoked]).when(unblock).refused({ code: 'ticket_revoked' });
    });

    it('waits till the holder is out: a block that ends lets no second person in', () => {
      given(ticket, [issued, cameIn('n-1')])
        .when(block)
        .refused({ code: 'already_inside' });
      given(ticket, [issued, cameIn('n-1')])
        .when(revoke)
        .refused({ code: 'already_inside' });
      given(ticket, [issued, cameIn('n-1'), wentOut('n-2')])
        .when(block)
        .then(blocked);
    });
  });

  describe('cancel, refund and return', () => {
    it('are three decisions, each taken once', () => {
      const cancelled = [issued, cancelledFor('r-1')];
      given(ticket, [issued]).when(cancel('r-1')).then(cancelledFor('r-1'));
      given(ticket, cancelled).when(cancel('r-1')).nothing();
      given(ticket, cancelled).when(markRefunded('r-1')).then(refunded);
      given(ticket, [...cancelled, refunded])
        .when(markRefunded('r-1'))
        .nothing();
      given(ticket, [...cancelled, refunded])
        .when(cancel('r-1'))
        .nothing();
      given(ticket, [...cancelled, refunded])
        .when(markReturned)
        .then(returned);
      given(ticket, [...cancelled, refunded, returned])
        .when(markReturned)
        .nothing();
    });

    it('none is taken before the one ahead of it', () => {
      given(ticket, [issued]).when(markRefunded('r-1')).refused({ code: 'not_refunded' });
      given(ticket, [issued, cancelledFor('r-1')])
        .when(markRefunded('r-2'))
        .refused({ code: 'not_refunded' });
      given(ticket, [issued, cancelledFor('r-1')])
        .when(markReturned)
        .refused({ code: 'not_refunded' });
    });

    it('a ticket that was used is not given back, also when its holder has left', () => {
      given(ticket, [issued, cameIn('n-1')])
        .when(cancel('r-1'))
        .refused({ code: 'already_inside' });
      given(ticket, [issued, cameIn('n-1'), wentOut('n-2')])
        .when(cancel('r-1'))
        .refused({ code: 'already_inside' });
      given(ticket, [issued, cameIn('n-1'), wentOut('n-2'), blocked])
        .when(cancel('r-1'))
        .refused({ code: 'already_inside' });
    });

    it('a blocked ticket can be given back', () => {
      given(ticket, [issued, blocked]).when(cancel('r-1')).then(cancelledFor('r-1'));
    });

    it('after a refund that failed another takes the ticket over, and the failed one can not come back', () => {
      const failed = [issued, cancelledFor('r-1')];
      given(ticket, failed).when(cancel('r-2')).then(cancelledFor('r-2'));
      const takenOver = [...failed, cancelledFor('r-2')];
      given(ticket, takenOver).when(cancel('r-2')).nothing();
      given(ticket, takenOver).when(cancel('r-1')).refused({ code: 'ticket_cancelled' });
      given(ticket, takenOver).when(markRefunded('r-1')).refused({ code: 'not_refunded' });
      given(ticket, takenOver)
        .when(markRefunded('r-2'))
        .then({ type: 'TicketRefunded', data: { refundId: 'r-2', refundedAt: now } });
    });
  });
});
