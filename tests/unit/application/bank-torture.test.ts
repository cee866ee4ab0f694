import { expect } from 'chai';
import fc from 'fast-check';
import { StoreUnavailable } from '../../../src/application/ports/event-store.js';
import { transaction } from '../../../src/domain/banking/transaction.js';
import type { TransactionState } from '../../../src/domain/banking/transaction-state.js';
import { accountOf, bankOn, euros, issue, type TestBank, tokenFor } from '../../support/bank.js';

const context = { correlationId: 'test' };

interface Call {
  readonly kind: 'authorise' | 'capture' | 'void' | 'refund' | 'inquire';
  readonly instance: number;
  readonly transactionId: (typeof transactionIds)[number];
  readonly refundId: string;
}

const transactionIds = ['t-1', 't-2', 't-3'] as const;

const call: fc.Arbitrary<Call> = fc.record({
  kind: fc.constantFrom('authorise', 'authorise', 'capture', 'void', 'refund', 'inquire'),
  instance: fc.integer({ min: 0, max: 1 }),
  transactionId: fc.constantFrom(...transactionIds),
  refundId: fc.constantFrom('r-1', 'r-2'),
});

const send = (bank: TestBank, cardToken: string, { kind, transactionId, refundId }: Call) => {
  const { payments } = bank;
  switch (kind) {
    case 'authorise':
      return payments.authorise({ transactionId, cardToken, amount: euros(400), description: 'Opera' }, context);
    case 'refund':
      return payments.refund({ transactionId, refundId: `${transactionId}-${refundId}`, amount: euros(150) }, context);
    default:
      return payments[kind]({ transactionId }, context);
  }
};

/** Brings all to rest from the stored events alone, as a fresh process would. */
const settle = async (bank: TestBank): Promise<TestBank> => {
  bank.store.beforeAppend = () => undefined;
  const restarted = bankOn(bank.store, bank.clock);
  restarted.clock.time += 60_000;
  for (let sweeps = 0; (await restarted.due.look()) > 0; sweeps++) {
    if (sweeps === 10) throw new Error(`${restarted.due.size} transactions do not come to rest`);
    restarted.clock.time += 60_000;
  }
  return restarted;
};

const owedBy = (state: TransactionState): { readonly reserved: number; readonly balance: number } => {
  if (state.status === 'authorised') return { reserved: state.request.amount.amountMinor, balance: 0 };
  if (state.status !== 'captured') return { reserved: 0, balance: 0 };
  const refunded = state.refunds.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  return { reserved: 0, balance: refunded - state.request.amount.amountMinor };
};

describe('the bank under crashes', function () {
  this.timeout(60_000);

  it('two instances, calls in any order, appends that fail: the card owes what its transactions say', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(call, { minLength: 1, maxLength: 4 }), { maxLength: 8 }),
        fc.array(fc.boolean(), { minLength: 5, maxLength: 30 }),
        async (rounds, fails) => {
          const bank = bankOn();
          const instances = [bank, bankOn(bank.store, bank.clock)];
          const issued = await issue(bank, 1_000);
          const tokens = new Map(transactionIds.map((id) => [id, tokenFor(bank, issued)] as const));
          let appends = 0;
          bank.store.beforeAppend = () => {
            appends += 1;
            if (appends % 3 === 0 && fails[appends % fails.length]) throw new StoreUnavailable('gone');
          };
          for (const round of rounds) {
            await Promise.all(
              round.map((each) =>
                send(instances[each.instance] ?? bank, tokens.get(each.transactionId) ?? '', each).catch(
                  unlessUnavailable,
                ),
              ),
            );
          }
          const rested = await settle(bank);
          let [reserved, balance] = [0, 0];
          for (const transactionId of transactionIds) {
            const { result } = await rested.commandHandler.query(transaction, transactionId, (state) => state);
            expect(result.status, 'left without an outcome').to.not.equal('requested');
            reserved += owedBy(result).reserved;
            balance += owedBy(result).balance;
          }
          const account = accountOf(rested, issued.cardId);
          expect({ reserved: account.reservedMinor, balance: account.balanceMinor }).to.deep.equal({
            reserved,
            balance,
          });
          expect(reserved - balance).to.be.at.most(1_000);
        },
      ),
      { numRuns: 300 },
    );
  });
});

const unlessUnavailable = (error: unknown): void => {
  if (!(error instanceof StoreUnavailable)) throw error;
};
