import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { StoreUnavailable } from '../../../src/application/ports/event-store.js';
import { availableMinor } from '../../../src/domain/banking/card-state.js';
import { authorisationLastsMs, confirmationLastsMs } from '../../../src/domain/banking/transaction.js';
import { accountOf, bankOn, euros, issue, type TestBank, tokenFor, tokenOfTestCard } from '../../support/bank.js';

const context = { correlationId: 'test' };

const callOf = (cardToken: string, amountMinor = 2_500) => ({
  transactionId: randomUUID(),
  cardToken,
  amount: euros(amountMinor),
  description: 'Opera',
});

const statusOf = async (bank: TestBank, transactionId: string) =>
  (await bank.payments.inquire({ transactionId }, context)).answer?.status;

/** Lets the n-th append from now on fail, as if the process died before it. */
const dieAtAppend = ({ store }: TestBank, count: number): void => {
  let appends = 0;
  store.beforeAppend = () => {
    appends += 1;
    if (appends >= count) throw new StoreUnavailable('gone');
  };
};

describe('card payments', () => {
  it('ten at once with one id: one charge, ten equal answers', async () => {
    const bank = bankOn();
    const other = bankOn(bank.store, bank.clock);
    const issued = await issue(bank, 2_500);
    const call = callOf(tokenFor(bank, issued));
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => (index % 2 ? bank : other).payments.authorise(call, context)),
    );
    const { cardId, brand, lastFour } = issued;
    for (const answer of answers) {
      expect(answer).to.deep.equal({ answer: { status: 'authorised', card: { cardId, brand, lastFour } } });
    }
    expect(availableMinor(accountOf(bank, cardId))).to.equal(0);
    expect(bank.store.typesOf(`card-${cardId}`)).to.deep.equal(['CardIssued', 'AmountReserved']);
  });

  it('two purchases at once never pass the limit together', async () => {
    const bank = bankOn();
    const other = bankOn(bank.store, bank.clock);
    const issued = await issue(bank, 2_500);
    const answers = await Promise.all([
      bank.payments.authorise(callOf(tokenFor(bank, issued), 2_000), context),
      other.payments.authorise(callOf(tokenFor(bank, issued), 2_000), context),
    ]);
    expect(answers.map(({ answer }) => answer?.status).sort()).to.deep.equal(['authorised', 'declined']);
  });

  it('the same id for another payment is refused', async () => {
    const bank = bankOn();
    const call = callOf(tokenOfTestCard(bank, '4242424242424242'));
    await bank.payments.authorise(call, context);
    const refusal = { refusal: { code: 'other_request' } };
    expect(await bank.payments.authorise({ ...call, amount: euros(1) }, context)).to.deep.equal(refusal);
    const other = tokenOfTestCard(bank, '4242424242424242');
    expect(await bank.payments.authorise({ ...call, cardToken: other }, context)).to.deep.equal(refusal);
  });

  it('another instance answers from what is stored, not from what it saw before', async () => {
    const bank = bankOn();
    const other = bankOn(bank.store, bank.clock);
    const call = callOf(tokenOfTestCard(bank, '4242424242424242'));
    const steps = [
      [() => bank.payments.authorise(call, context), 'authorised'],
      [() => bank.payments.capture(call, context), 'captured'],
      [() => bank.payments.refund({ ...call, refundId: 'r-1' }, context), 'captured'],
    ] as const;
    expect(await statusOf(other, call.transactionId)).to.equal('not_found');
    for (const [step, status] of steps) {
      await step();
      expect(await statusOf(other, call.transactionId)).to.equal(status);
    }
    const late = await other.payments.refund({ ...call, refundId: 'r-2' }, context);
    expect(late).to.deep.equal({ refusal: { code: 'refund_exceeds_captured' } });
  });

  it('a capture finishes an authorisation that was left without an outcome', async () => {
    const bank = bankOn();
    const call = callOf(tokenOfTestCard(bank, '4242424242424242'));
    dieAtAppend(bank, 2);
    await bank.payments.authorise(call, context).catch(() => undefined);
    bank.store.beforeAppend = () => undefined;
    expect((await bank.payments.capture(call, context)).answer?.status).to.equal('captured');
  });

  it('a void of what the bank never saw closes it to a late authorisation', async () => {
    const bank = bankOn();
    const issued = await issue(bank);
    const call = callOf(tokenFor(bank, issued));
    expect((await bank.payments.void(call, context)).answer).to.deep.equal({ status: 'voided' });
    expect((await bank.payments.authorise(call, context)).answer).to.deep.equal({ status: 'voided' });
    expect(bank.store.typesOf(`card-${issued.cardId}`)).to.deep.equal(['CardIssued']);
  });

  it('a void while the authorisation runs leaves nothing reserved', async () => {
    const bank = bankOn();
    const other = bankOn(bank.store, bank.clock);
    const issued = await issue(bank);
    const call = callOf(tokenFor(bank, issued));
    bank.store.beforeAppend = async (_, [event]) => {
      if (event?.type !== 'AmountReserved') return;
      bank.store.beforeAppend = () => undefined;
      await other.payments.void(call, context);
    };
    expect((await bank.payments.authorise(call, context)).answer).to.deep.equal({ status: 'voided' });
    expect(accountOf(bank, issued.cardId).reservedMinor).to.equal(0);
  });

  it('capture books the exact amount, refunds give parts of it back', async () => {
    const bank = bankOn();
    const issued = await issue(bank);
    const call = callOf(tokenFor(bank, issued));
    await bank.payments.authorise(call, context);
    expect((await bank.payments.capture(call, context)).answer?.status).to.equal('captured');
    expect(accountOf(bank, issued.cardId).balanceMinor).to.equal(-2_500);
    const part = { transactionId: call.transactionId, refundId: 'r-1', amount: euros(1_000) };
    for (const _ of [1, 2]) expect((await bank.payments.refund(part, context)).answer?.status).to.equal('captured');
    expect(accountOf(bank, issued.cardId).balanceMinor).to.equal(-1_500);
    const tooMuch = { ...part, refundId: 'r-2', amount: euros(1_501) };
    expect(await bank.payments.refund(tooMuch, context)).to.deep.equal({
      refusal: { code: 'refund_exceeds_captured' },
    });
    expect((await bank.payments.void(call, context)).answer?.status).to.equal('captured');
  });

  const declinedCards = [
    ['4000000000000002', 'generic_decline', '05', false],
    ['4000000000009995', 'insufficient_funds', '51', false],
    ['4000000000009987', 'card_lost', '41', false],
    ['4000000000009979', 'card_stolen', '43', false],
    ['4000000000000069', 'card_expired', '54', false],
    ['4000000000000127', 'security_code_wrong', 'N7', false],
    ['4000000000000119', 'processing_error', '96', true],
  ] as const;
  for (const [number, code, networkCode, mayRetry] of declinedCards) {
    it(`test card ${number.slice(-4)} is declined as ${code}`, async () => {
      const bank = bankOn();
      const call = callOf(tokenOfTestCard(bank, number));
      const expected = { answer: { status: 'declined', code, networkCode, mayRetry } };
      expect(await bank.payments.authorise(call, context)).to.deep.equal(expected);
      expect(await bank.payments.authorise(call, context)).to.deep.equal(expected);
      expect(await bank.payments.inquire(call, context)).to.deep.equal(expected);
    });
  }

  for (const number of ['4242424242424242', '5555555555554444', '2223003122003222', '378282246310005']) {
    it(`test card ${number.slice(-4)} approves, each token on an account of its own`, async () => {
      const bank = bankOn();
      const cards = new Set<string>();
      for (const token of [tokenOfTestCard(bank, number), tokenOfTestCard(bank, number)]) {
        const { answer } = await bank.payments.authorise(callOf(token), context);
        if (answer?.status === 'authorised') cards.add(answer.card.cardId);
      }
      expect(cards.size).to.equal(2);
    });
  }

  it('a token of another bank, a changed one and none at all are declined', async () => {
    const bank = bankOn();
    const token = tokenOfTestCard(bank, '4242424242424242');
    const changed = token.slice(0, -6) + (token.at(-6) === 'A' ? 'B' : 'A') + token.slice(-5);
    for (const bad of [changed, 'tok_', 'tok_AAAA', 'nonsense']) {
      const { answer } = await bank.payments.authorise(callOf(bad), context);
      expect(answer).to.deep.equal({
        status: 'declined',
        code: 'card_token_invalid',
        networkCode: '14',
        mayRetry: false,
      });
    }
  });

  describe('a token', () => {
    const declinedAs = (code: string) => ({ answer: { status: 'declined', code, networkCode: '14', mayRetry: false } });

    it('pays once: on any instance, for one payment, whose repeats it answers', async () => {
      const bank = bankOn();
      const other = bankOn(bank.store, bank.clock);
      const token = tokenFor(bank, await issue(bank));
      const calls = Array.from({ length: 6 }, () => callOf(token, 100));
      const answers = await Promise.all(
        calls.map((call, index) => (index % 2 ? bank : other).payments.authorise(call, context)),
      );
      const paid = answers.filter(({ answer }) => answer?.status === 'authorised');
      expect(paid).to.have.length(1);
      for (const answer of answers)
        if (!paid.includes(answer)) expect(answer).to.deep.equal(declinedAs('card_token_used'));
      for (const [index, call] of calls.entries()) {
        expect(await bank.payments.authorise(call, context)).to.deep.equal(answers[index]);
      }
    });

    it('is used up by a decline, not by a call that the bank never decided', async () => {
      const bank = bankOn();
      const issued = await issue(bank, 1_000);
      const token = tokenFor(bank, issued);
      const never = callOf(token, 100);
      await bank.payments.void(never, context);
      expect((await bank.payments.authorise(callOf(token, 1_001), context)).answer).to.include({ code: 'over_limit' });
      expect(await bank.payments.authorise(callOf(token, 100), context)).to.deep.equal(declinedAs('card_token_used'));
    });

    it('pays within 15 minutes', async () => {
      const bank = bankOn();
      const issued = await issue(bank);
      const [early, late] = [tokenFor(bank, issued), tokenFor(bank, issued)];
      bank.clock.time += 15 * 60_000 - 1;
      expect((await bank.payments.authorise(callOf(early), context)).answer?.status).to.equal('authorised');
      bank.clock.time += 1;
      expect(await bank.payments.authorise(callOf(late), context)).to.deep.equal(declinedAs('card_token_expired'));
    });

    it('that a crash left with its payment requested pays for that one, though it has ended meanwhile', async () => {
      const bank = bankOn();
      const call = callOf(tokenFor(bank, await issue(bank)));
      dieAtAppend(bank, 2);
      await bank.payments.authorise(call, context).catch(() => undefined);
      bank.store.beforeAppend = () => undefined;
      bank.clock.time += 16 * 60_000;
      expect((await bank.payments.authorise(call, context)).answer?.status).to.equal('authorised');
    });
  });

  describe('confirmation', () => {
    const started = async () => {
      const bank = bankOn();
      const call = callOf(tokenOfTestCard(bank, '4000002500003155'));
      const { answer } = await bank.payments.authorise(call, context);
      expect(answer).to.deep.equal({
        status: 'action_required',
        actionUrl: `/bank/v1/transactions/${call.transactionId}/confirmations`,
      });
      return { bank, call };
    };

    it('approved leads to the authorisation, also asked again', async () => {
      const { bank, call } = await started();
      for (const _ of [1, 2]) {
        const { answer } = await bank.payments.confirm({ ...call, outcome: 'approve' }, context);
        expect(answer?.status).to.equal('authorised');
      }
      expect((await bank.payments.authorise(call, context)).answer?.status).to.equal('authorised');
    });

    it('rejected leads to a decline', async () => {
      const { bank, call } = await started();
      const { answer } = await bank.payments.confirm({ ...call, outcome: 'reject' }, context);
      expect(answer).to.deep.include({ status: 'declined', code: 'confirmation_rejected' });
    });

    it('that never comes is declined', async () => {
      const { bank, call } = await started();
      bank.clock.time += confirmationLastsMs;
      expect(await bank.due.look()).to.equal(1);
      expect(await statusOf(bank, call.transactionId)).to.equal('declined');
    });
  });

  describe('what a crash left behind', () => {
    const later = async (bank: TestBank) => {
      bank.store.beforeAppend = () => undefined;
      const restarted = bankOn(bank.store, bank.clock);
      expect(await restarted.due.look(), 'too early').to.equal(0);
      restarted.clock.time += 10_000;
      expect(await restarted.due.look()).to.be.greaterThan(0);
      expect(await restarted.due.look(), 'all was brought to rest').to.equal(0);
      return restarted;
    };

    for (const [deadAt, step] of [
      [2, 'the request'],
      [3, 'the reservation'],
    ] as const) {
      it(`finishes an authorisation that died after ${step}`, async () => {
        const bank = bankOn();
        const issued = await issue(bank);
        const call = callOf(tokenFor(bank, issued));
        dieAtAppend(bank, deadAt);
        const died = await bank.payments.authorise(call, context).catch((error: unknown) => error);
        expect(died).to.be.instanceOf(StoreUnavailable);
        const restarted = await later(bank);
        expect(restarted.store.typesOf(`transaction-${call.transactionId}`)).to.deep.equal([
          'TransactionRequested',
          'TransactionAuthorised',
        ]);
        expect(accountOf(restarted, issued.cardId).reservedMinor).to.equal(2_500);
      });
    }

    for (const [name, balanceMinor] of [
      ['capture', -2_500],
      ['void', 0],
    ] as const) {
      it(`finishes a ${name} that died before the card heard of it`, async () => {
        const bank = bankOn();
        const issued = await issue(bank);
        const call = callOf(tokenFor(bank, issued));
        await bank.payments.authorise(call, context);
        dieAtAppend(bank, 2);
        await bank.payments[name](call, context).catch(() => undefined);
        expect(accountOf(bank, issued.cardId).reservedMinor).to.equal(2_500);
        const restarted = await later(bank);
        const { reservedMinor, balanceMinor: balance } = accountOf(restarted, issued.cardId);
        expect({ reservedMinor, balance }).to.deep.equal({ reservedMinor: 0, balance: balanceMinor });
        expect(restarted.due.size).to.equal(0);
      });
    }

    for (const [deadAt, step, balanceMinor] of [
      [2, 'the decision', -2_500],
      [3, 'the credit', -2_000],
    ] as const) {
      it(`books a refund that died after ${step}`, async () => {
        const bank = bankOn();
        const issued = await issue(bank);
        const call = callOf(tokenFor(bank, issued));
        await bank.payments.authorise(call, context);
        await bank.payments.capture(call, context);
        dieAtAppend(bank, deadAt);
        const refund = { transactionId: call.transactionId, refundId: 'r-1', amount: euros(500) };
        await bank.payments.refund(refund, context).catch(() => undefined);
        expect(accountOf(bank, issued.cardId).balanceMinor).to.equal(balanceMinor);
        const restarted = await later(bank);
        expect(accountOf(restarted, issued.cardId).balanceMinor).to.equal(-2_000);
        expect(restarted.due.size).to.equal(0);
      });
    }

    it('lets an authorisation lapse that nobody captures', async () => {
      const bank = bankOn();
      const issued = await issue(bank);
      const call = callOf(tokenFor(bank, issued));
      await bank.payments.authorise(call, context);
      bank.clock.time += 10_000;
      await bank.due.look();
      expect(bank.store.typesOf(`card-${issued.cardId}`).at(-1)).to.equal('ReservationKept');
      expect(await bank.due.look(), 'kept').to.equal(0);
      bank.clock.time += authorisationLastsMs;
      expect(await bank.due.look()).to.be.greaterThan(0);
      expect(await statusOf(bank, call.transactionId)).to.equal('voided');
      expect(accountOf(bank, issued.cardId).reservedMinor).to.equal(0);
    });

    it('keeps nothing of what is at rest', async () => {
      const bank = bankOn();
      const token = tokenOfTestCard(bank, '4000000000000002');
      await bank.payments.authorise(callOf(token), context);
      const paid = callOf(tokenOfTestCard(bank, '4242424242424242'));
      await bank.payments.authorise(paid, context);
      await bank.payments.capture(paid, context);
      await bank.due.look();
      expect(bank.due.size).to.equal(0);
    });
  });
});
