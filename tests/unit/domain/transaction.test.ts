import { type Decline, declines } from '../../../src/domain/banking/decline.js';
import { authorisationLastsMs, confirmationLastsMs, transaction } from '../../../src/domain/banking/transaction.js';
import type { TransactionEvent } from '../../../src/domain/banking/transaction-events.js';
import { given } from '../../support/decider.js';

const transactionId = 't-1';
const amount = { amountMinor: 2_500, currency: 'EUR' };
const presented = {
  cardId: 'c-1',
  brand: 'visa',
  lastFour: '4242',
  expiryMonth: 12,
  expiryYear: 2030,
  isCodeRight: true,
};
const asked = { transactionId, amount, description: 'Opera', tokenHash: 'hash', requestedAt: 1_000, card: presented };
const requested: TransactionEvent = { type: 'TransactionRequested', data: asked };
const required: TransactionEvent = { type: 'ActionRequired', data: { transactionId, requiredAt: 1_500 } };
const confirmed: TransactionEvent = { type: 'ActionConfirmed', data: { transactionId, confirmedAt: 2_000 } };
const authorised: TransactionEvent = {
  type: 'TransactionAuthorised',
  data: { transactionId, cardId: 'c-1', brand: 'visa', lastFour: '4242', amount, authorisedAt: 2_000 },
};
const captured: TransactionEvent = {
  type: 'TransactionCaptured',
  data: { transactionId, cardId: 'c-1', amount, capturedAt: 2_000 },
};
const voided: TransactionEvent = { type: 'TransactionVoided', data: { transactionId, voidedAt: 2_000 } };
const barred: TransactionEvent = { type: 'TransactionBarred', data: { transactionId, barredAt: 2_000 } };
const declined = (decline: Decline): TransactionEvent => ({
  type: 'TransactionDeclined',
  data: { transactionId, amount, ...decline, declinedAt: 2_000 },
});
const refundOf = (refundId: string, amountMinor: number): TransactionEvent => ({
  type: 'TransactionRefundRequested',
  data: { refundId, transactionId, cardId: 'c-1', amount: { amountMinor, currency: 'EUR' }, requestedAt: 2_000 },
});

const request = { type: 'Request', ...asked } as const;
const now = 2_000;
const bare = <const Type extends string>(type: Type) => ({ type, transactionId, now });
const refund = (refundId: string, amountMinor: number, currency = 'EUR') =>
  ({ type: 'Refund', transactionId, refundId, amount: { amountMinor, currency }, now }) as const;

describe('transaction', () => {
  describe('request', () => {
    it('is kept first', () => void given(transaction, []).when(request).then(requested));

    for (const [state, events] of Object.entries({
      requested: [requested],
      authorised: [requested, authorised],
      captured: [requested, authorised, captured],
      declined: [requested, declined(declines.over_limit)],
      voided: [requested, voided],
      barred: [barred],
    })) {
      it(`adds nothing when ${state}`, () => void given(transaction, events).when(request).nothing());
    }

    it('under the same id with another amount, currency, token or description is refused', () => {
      for (const other of [
        { amount: { amountMinor: 2_501, currency: 'EUR' } },
        { amount: { amountMinor: 2_500, currency: 'BRL' } },
        { tokenHash: 'other' },
        { description: 'Ballet' },
      ]) {
        given(transaction, [requested, authorised])
          .when({ ...request, ...other })
          .refused({ code: 'other_request' });
      }
    });

    it('with a token that is not ours is declined at once', () => {
      const { card: _, ...unopened } = asked;
      given(transaction, [])
        .when({ type: 'Request', ...unopened })
        .then(
          { type: 'TransactionRequested', data: unopened },
          {
            type: 'TransactionDeclined',
            data: { transactionId, amount, ...declines.card_token_invalid, declinedAt: 1_000 },
          },
        );
    });
  });

  describe('outcome', () => {
    it('is recorded once', () => {
      given(transaction, [requested]).when(bare('RecordAuthorised')).then(authorised);
      given(transaction, [requested, authorised]).when(bare('RecordAuthorised')).nothing();
      const decline = { type: 'RecordDeclined', transactionId, decline: declines.over_limit, now } as const;
      given(transaction, [requested]).when(decline).then(declined(declines.over_limit));
      given(transaction, [requested, declined(declines.over_limit)])
        .when(decline)
        .nothing();
    });

    it('does not turn a voided, declined or barred transaction', () => {
      given(transaction, [requested, voided]).when(bare('RecordAuthorised')).nothing();
      given(transaction, [requested, declined(declines.over_limit)])
        .when(bare('RecordAuthorised'))
        .nothing();
      given(transaction, [barred]).when(bare('RecordAuthorised')).nothing();
    });
  });

  describe('confirmation', () => {
    const confirm = (isApproved: boolean) => ({ type: 'Confirm', transactionId, isApproved, now }) as const;

    it('is asked for once', () => {
      given(transaction, [requested])
        .when({ ...bare('RequireAction'), now: 1_500 })
        .then(required);
      given(transaction, [requested, required]).when(bare('RequireAction')).nothing();
      given(transaction, [requested, required, confirmed]).when(bare('RequireAction')).nothing();
    });

    it('leads back to the request, or to a decline', () => {
      given(transaction, [requested, required]).when(confirm(true)).then(confirmed);
      given(transaction, [requested, required]).when(confirm(false)).then(declined(declines.confirmation_rejected));
    });

    it('twice adds nothing', () => {
      given(transaction, [requested, required, confirmed]).when(confirm(true)).nothing();
      const rejected = [requested, required, declined(declines.confirmation_rejected)];
      given(transaction, rejected).when(confirm(false)).nothing();
    });

    it('that nobody asked for is refused', () => {
      given(transaction, [requested, authorised]).when(confirm(true)).refused({ code: 'no_action_required' });
      given(transaction, []).when(confirm(true)).refused({ code: 'not_found' });
      given(transaction, [requested, required, confirmed]).when(confirm(false)).refused({ code: 'no_action_required' });
    });

    it('that never comes is a decline in the end', () => {
      const later = 1_500 + confirmationLastsMs;
      given(transaction, [requested, required])
        .when({ ...bare('Expire'), now: later - 1 })
        .nothing();
      given(transaction, [requested, required])
        .when({ ...bare('Expire'), now: later })
        .then({
          type: 'TransactionDeclined',
          data: { transactionId, amount, ...declines.confirmation_missing, declinedAt: later },
        });
    });
  });

  describe('capture and void', () => {
    it('decide an authorised transaction, once', () => {
      given(transaction, [requested, authorised]).when(bare('Capture')).then(captured);
      given(transaction, [requested, authorised, captured]).when(bare('Capture')).nothing();
      given(transaction, [requested, authorised]).when(bare('Void')).then(voided);
      given(transaction, [requested, authorised, voided]).when(bare('Void')).nothing();
    });

    it('exclude each other', () => {
      given(transaction, [requested, authorised, captured]).when(bare('Void')).nothing();
      given(transaction, [requested, authorised, voided]).when(bare('Capture')).nothing();
    });

    it('void closes what the bank never saw, and what has no outcome yet', () => {
      given(transaction, []).when(bare('Void')).then(barred);
      given(transaction, [barred]).when(bare('Void')).nothing();
      given(transaction, [requested]).when(bare('Void')).then(voided);
      given(transaction, [requested, required]).when(bare('Void')).then(voided);
    });

    it('an authorisation lapses after its time and not before', () => {
      const lapse = 2_000 + authorisationLastsMs;
      given(transaction, [requested, authorised])
        .when({ ...bare('Expire'), now: lapse - 1 })
        .nothing();
      given(transaction, [requested, authorised])
        .when({ ...bare('Expire'), now: lapse })
        .then({ type: 'TransactionExpired', data: { transactionId, expiredAt: lapse } });
      given(transaction, [requested, authorised, captured])
        .when({ ...bare('Expire'), now: lapse })
        .nothing();
    });
  });

  describe('refund', () => {
    const paid = [requested, authorised, captured];

    it('takes parts up to the captured amount', () => {
      given(transaction, paid).when(refund('r-1', 2_500)).then(refundOf('r-1', 2_500));
      given(transaction, [...paid, refundOf('r-1', 1_500)])
        .when(refund('r-2', 1_000))
        .then(refundOf('r-2', 1_000));
    });

    it('never passes it', () => {
      const refusal = { code: 'refund_exceeds_captured' } as const;
      given(transaction, paid).when(refund('r-1', 2_501)).refused(refusal);
      given(transaction, [...paid, refundOf('r-1', 1_500)])
        .when(refund('r-2', 1_001))
        .refused(refusal);
    });

    it('twice adds nothing; the same id with another amount is refused', () => {
      given(transaction, [...paid, refundOf('r-1', 1_500)])
        .when(refund('r-1', 1_500))
        .nothing();
      given(transaction, [...paid, refundOf('r-1', 1_500)])
        .when(refund('r-1', 1_000))
        .refused({ code: 'other_request' });
    });

    it('needs a captured amount, its currency and something to give back', () => {
      given(transaction, []).when(refund('r-1', 1)).refused({ code: 'not_found' });
      given(transaction, [requested, authorised]).when(refund('r-1', 1)).refused({ code: 'not_captured' });
      given(transaction, paid)
        .when(refund('r-1', 1, 'BRL'))
        .refused({ code: 'currency_mismatch' });
      given(transaction, paid).when(refund('r-1', 0)).refused({ code: 'amount_invalid' });
      given(transaction, paid).when(refund('r-1', 0.5)).refused({ code: 'amount_invalid' });
    });
  });

  it('ignores events that can not have happened', () => {
    given(transaction, [captured, authorised, refundOf('r-1', 1), required, confirmed])
      .when(bare('Capture'))
      .nothing();
    given(transaction, [barred, requested]).when(bare('RecordAuthorised')).nothing();
  });
});
