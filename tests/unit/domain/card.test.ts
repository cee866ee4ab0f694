import { expect } from 'chai';
import { card, testCardLimitMinor } from '../../../src/domain/banking/card.js';
import type { CardEvent } from '../../../src/domain/banking/card-events.js';
import {
  availableMinor,
  rememberedEndings,
  reservationOf,
  tokenForgottenAt,
} from '../../../src/domain/banking/card-state.js';
import { type Decline, declines } from '../../../src/domain/banking/decline.js';
import { fold, given } from '../../support/decider.js';

const eur = (amountMinor: number) => ({ amountMinor, currency: 'EUR' });
const shown = { cardId: 'c-1', brand: 'visa', lastFour: '1234', expiryMonth: 6, expiryYear: 2030 };
const issued: CardEvent = {
  type: 'CardIssued',
  data: { ...shown, holder: 'Ada', limit: eur(1_000), issuedAt: 1_000, issuedFor: 'request-1' },
};
const issue = {
  type: 'Issue',
  ...shown,
  holder: 'Ada',
  limit: eur(1_000),
  issuedFor: 'request-1',
  now: 1_000,
} as const;
const presented = { ...shown, isCodeRight: true };
const reserve = (transactionId: string, amountMinor: number, now = 2_000) =>
  ({
    type: 'Reserve',
    transactionId,
    amount: eur(amountMinor),
    description: 'Opera',
    card: presented,
    requestedAt: now,
    now,
  }) as const;
const reserved = (transactionId: string, amountMinor: number, reservedAt = 2_000): CardEvent => ({
  type: 'AmountReserved',
  data: { transactionId, amount: eur(amountMinor), description: 'Opera', reservedAt },
});
const refused = (transactionId: string, amountMinor: number, decline: Decline): CardEvent => ({
  type: 'ReservationRefused',
  data: { transactionId, amount: eur(amountMinor), ...decline, refusedAt: 2_000 },
});
const released = (transactionId: string, amountMinor: number): CardEvent => ({
  type: 'ReservationReleased',
  data: { transactionId, amount: eur(amountMinor), releasedAt: 2_000 },
});
const booked = (transactionId: string, amountMinor: number, balanceMinor: number, bookedAt = 2_000): CardEvent => ({
  type: 'AmountBooked',
  data: { transactionId, amount: eur(amountMinor), description: 'Opera', balanceMinor, bookedAt },
});
const credit = { refundId: 'r-1', transactionId: 't-1', amount: eur(400), description: 'Opera' };
const announced: CardEvent = { type: 'CreditAnnounced', data: { ...credit, announcedAt: 2_000 } };
const credited: CardEvent = { type: 'CreditBooked', data: { ...credit, balanceMinor: -600, bookedAt: 2_000 } };

describe('card', () => {
  describe('issue', () => {
    it('opens an account once', () => {
      given(card, []).when(issue).then(issued);
      given(card, [issued])
        .when({ ...issue, now: 9_000 })
        .nothing();
    });

    it('leaves a number to the request that got it first', () => {
      given(card, [issued])
        .when({ ...issue, issuedFor: 'request-2' })
        .refused({ code: 'card_exists' });
    });
  });

  describe('reserve', () => {
    it('holds up to what is left of the limit', () => {
      given(card, [issued]).when(reserve('t-1', 1_000)).then(reserved('t-1', 1_000));
      given(card, [issued])
        .when(reserve('t-1', 1_001))
        .then(refused('t-1', 1_001, declines.over_limit));
      given(card, [issued, reserved('t-1', 400)])
        .when(reserve('t-2', 601))
        .then(refused('t-2', 601, declines.over_limit));
      given(card, [issued, reserved('t-1', 400), booked('t-1', 400, -400)])
        .when(reserve('t-2', 601))
        .then(refused('t-2', 601, declines.over_limit));
      given(card, [issued, reserved('t-1', 400), released('t-1', 400)])
        .when(reserve('t-2', 1_000))
        .then(reserved('t-2', 1_000));
    });

    it('twice gives the same, also a refusal, also when it has ended', () => {
      const refusal = refused('t-1', 1_001, declines.over_limit);
      given(card, [issued, reserved('t-1', 400)])
        .when(reserve('t-1', 400))
        .nothing();
      given(card, [issued, refusal]).when(reserve('t-1', 1_001)).nothing();
      given(card, [issued, reserved('t-1', 400), booked('t-1', 400, -400)])
        .when(reserve('t-1', 400))
        .nothing();
      given(card, [issued, reserved('t-1', 400), released('t-1', 400)])
        .when(reserve('t-1', 400))
        .nothing();
      expect(reservationOf(fold(card, [issued, refusal]), 't-1')).to.deep.equal({
        status: 'refused',
        decline: declines.over_limit,
      });
    });

    it('declines what does not fit the card', () => {
      const cases = [
        [{ card: { ...presented, isCodeRight: false } }, declines.security_code_wrong],
        [{ card: { ...presented, expiryMonth: 7 } }, declines.expiry_wrong],
        [{ card: { ...presented, expiryYear: 2031, isCodeRight: false } }, declines.expiry_wrong],
      ] as const;
      for (const [other, decline] of cases) {
        given(card, [issued])
          .when({ ...reserve('t-1', 1), ...other })
          .then(refused('t-1', 1, decline));
      }
      const foreign = { amountMinor: 1, currency: 'BRL' };
      given(card, [issued])
        .when({ ...reserve('t-1', 1), amount: foreign })
        .then({
          type: 'ReservationRefused',
          data: { transactionId: 't-1', amount: foreign, ...declines.currency_not_supported, refusedAt: 2_000 },
        });
    });

    it('is good to the last moment of the last month, UTC', () => {
      const over = Date.UTC(2030, 6, 1);
      given(card, [issued])
        .when(reserve('t-1', 1, over - 1))
        .then(reserved('t-1', 1, over - 1));
      given(card, [issued])
        .when(reserve('t-1', 1, over))
        .then({
          type: 'ReservationRefused',
          data: { transactionId: 't-1', amount: eur(1), ...declines.card_expired, refusedAt: over },
        });
    });

    it('on a card that nobody issued is refused', () => {
      given(card, []).when(reserve('t-1', 1)).refused({ code: 'unknown_card' });
    });

    it('opens the account of a test card with its first payment', () => {
      const command = { ...reserve('t-1', 1), card: { ...presented, testBehaviour: 'approve' } } as const;
      given(card, [])
        .when(command)
        .then(
          {
            type: 'CardIssued',
            data: { ...shown, holder: 'Test card', limit: eur(testCardLimitMinor), issuedAt: 2_000 },
          },
          reserved('t-1', 1),
        );
    });
  });

  it('releases and books once, and only what is reserved', () => {
    const now = 2_000;
    const held = [issued, reserved('t-1', 400)];
    given(card, held).when({ type: 'Release', transactionId: 't-1', now }).then(released('t-1', 400));
    given(card, held)
      .when({ type: 'Book', transactionId: 't-1', now })
      .then(booked('t-1', 400, -400));
    for (const ended of [released('t-1', 400), booked('t-1', 400, -400)]) {
      given(card, [...held, ended])
        .when({ type: 'Release', transactionId: 't-1', now })
        .nothing();
      given(card, [...held, ended])
        .when({ type: 'Book', transactionId: 't-1', now })
        .nothing();
    }
    given(card, [issued]).when({ type: 'Book', transactionId: 't-1', now }).nothing();
    given(card, []).when({ type: 'Release', transactionId: 't-1', now }).nothing();
  });

  it('announces and books a credit once', () => {
    const now = 2_000;
    const paid = [issued, reserved('t-1', 1_000), booked('t-1', 1_000, -1_000)];
    const announce = { type: 'AnnounceCredit', ...credit, now } as const;
    const book = { type: 'BookCredit', refundId: 'r-1', now } as const;
    given(card, paid).when(announce).then(announced);
    given(card, [...paid, announced])
      .when(announce)
      .nothing();
    given(card, [...paid, announced])
      .when(book)
      .then(credited);
    given(card, [...paid, announced, credited])
      .when(book)
      .nothing();
    given(card, [...paid, announced, credited])
      .when(announce)
      .nothing();
    given(card, paid).when(book).nothing();
  });

  it('never books back in time', () => {
    given(card, [issued, reserved('t-1', 400, 5_000)])
      .when({ type: 'Book', transactionId: 't-1', now: 3_000 })
      .then(booked('t-1', 400, -400, 5_000));
  });

  it('forgets old transactions and still never reserves them again', () => {
    const events: CardEvent[] = [issued];
    for (let number = 0; number <= rememberedEndings; number++) {
      const at = 2_000 + number;
      events.push(reserved(`t-${number}`, 1, at), booked(`t-${number}`, 1, -number - 1, at));
    }
    const state = fold(card, events);
    if (state.status !== 'issued') throw new Error('no account');
    expect(state.endings.size).to.equal(rememberedEndings);
    expect(reservationOf(state, 't-0')).to.deep.equal({ status: 'none' });
    expect(availableMinor(state)).to.equal(1_000 - rememberedEndings - 1);
    given(card, events)
      .when(reserve('t-0', 1, 2_000))
      .refused({ code: 'requested_too_long_ago' });
    given(card, events)
      .when(reserve('t-new', 1, 2_600))
      .then(reserved('t-new', 1, 2_600));
  });

  describe('token', () => {
    const token = { hash: 'hash-1', endsAt: 10_000 };
    const by = (transactionId: string, now: number, requestedAt = now) =>
      ({ ...reserve(transactionId, 400, now), token, requestedAt }) as const;
    const reservedBy: CardEvent = {
      type: 'AmountReserved',
      data: { transactionId: 't-1', amount: eur(400), description: 'Opera', token, reservedAt: 2_000 },
    };
    const refusedBy = (transactionId: string, decline: Decline, refusedAt: number): CardEvent => ({
      type: 'ReservationRefused',
      data: { transactionId, amount: eur(400), ...decline, token, refusedAt },
    });

    it('pays once, and its own payment as often as that is asked for', () => {
      given(card, [issued]).when(by('t-1', 2_000)).then(reservedBy);
      given(card, [issued, reservedBy]).when(by('t-1', 3_000)).nothing();
      given(card, [issued, reservedBy])
        .when(by('t-2', 3_000))
        .then(refusedBy('t-2', declines.card_token_used, 3_000));
    });

    it('is used up by a decline too', () => {
      const declined = refusedBy('t-1', declines.over_limit, 2_000);
      given(card, [issued, declined])
        .when(by('t-2', 3_000))
        .then(refusedBy('t-2', declines.card_token_used, 3_000));
    });

    it('pays for what was asked for before it ended, also a while later', () => {
      given(card, [issued])
        .when(by('t-1', 10_000))
        .then(refusedBy('t-1', declines.card_token_expired, 10_000));
      const later = { ...reservedBy.data, reservedAt: 600_000 };
      given(card, [issued])
        .when(by('t-1', 600_000, 9_999))
        .then({ type: 'AmountReserved', data: later });
    });

    it('is remembered until it can not pay any more', () => {
      const forgottenAt = tokenForgottenAt(token);
      const before = by('t-2', forgottenAt - 1, 2_000);
      given(card, [issued, reservedBy])
        .when(before)
        .then(refusedBy('t-2', declines.card_token_used, before.now));
      const after = by('t-2', forgottenAt, 2_000);
      given(card, [issued, reservedBy])
        .when(after)
        .then(refusedBy('t-2', declines.card_token_expired, after.now));
      const state = fold(card, [issued, reservedBy, refusedBy('t-2', declines.card_token_expired, forgottenAt)]);
      const other = { hash: 'hash-2', endsAt: forgottenAt + 1_000 };
      const [used] = card.decide({ ...by('t-3', forgottenAt), token: other }, state).events ?? [];
      const pruned = used && card.evolve(state, used);
      expect(pruned?.status === 'issued' && [...pruned.usedTokens.keys()])
        .to.include('hash-2')
        .and.not.include('hash-1');
    });
  });
});
