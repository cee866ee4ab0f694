import type { Answered, CardPayments } from '../../src/application/banking/card-payments.js';
import type { Bank, BankAnswer, RefundAnswer } from '../../src/application/ports/bank.js';
import { refundReasons } from '../../src/infrastructure/payments/grpc/bank-contract.js';
import { delayMs, type Host } from './host.js';

/** A process that is a bank, and its payments. */
export interface BankHost {
  readonly host: Host;
  readonly payments: CardPayments;
}

const deadlineMs = 5_000;
const refusals: readonly string[] = Object.values(refundReasons);

/**
 * The link to the bank: requests and answers are lost, doubled and late, each by itself, and reach any of the processes
 * that are a bank. What has no answer within the deadline is `unknown`, and may still take effect.
 */
export const simulatedBank = (host: Host, banks: () => readonly BankHost[]): Bank & { close(): void } => {
  const { chance, scheduler, weather } = host.around;

  /** Carries something over, once, twice or not at all. */
  const carry = (what: string, deliver: () => void, receiver: Host): void => {
    if (chance.happens(weather.messageLost)) return;
    const copies = chance.happens(weather.messageTwice) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) scheduler.after(delayMs(host.around), what, deliver, receiver);
  };

  const ask = (what: string, work: (payments: CardPayments) => Promise<Answered>): Promise<Answered | undefined> => {
    const { promise, resolve } = Promise.withResolvers<Answered | undefined>();
    const called = `${host.name} bank ${what}`;
    scheduler.after(deadlineMs, `${called} deadline`, () => resolve(undefined), host);
    const all = banks();
    if (all.length === 0) return promise;
    const bank = chance.one(all);
    const serve = async (): Promise<void> => {
      try {
        const answered = await work(bank.payments);
        const said = answered.answer?.status ?? answered.refusal?.code ?? '';
        carry(`${called} <- ${said}`, () => resolve(answered), host);
      } catch {
        carry(`${called} <- unavailable`, () => resolve(undefined), host);
      }
    };
    carry(`${called} -> ${bank.host.name}`, () => void serve(), bank.host);
    return promise;
  };

  const answerTo = async (what: string, work: (payments: CardPayments) => Promise<Answered>): Promise<BankAnswer> =>
    (await ask(what, work))?.answer ?? { status: 'unknown' };

  const context = { correlationId: host.name };
  return {
    authorise: (request) => answerTo(`authorise ${request.transactionId}`, (bank) => bank.authorise(request, context)),
    capture: (request) => answerTo(`capture ${request.transactionId}`, (bank) => bank.capture(request, context)),
    void: (request) => answerTo(`void ${request.transactionId}`, (bank) => bank.void(request, context)),
    inquire: (request) => answerTo(`inquire ${request.transactionId}`, (bank) => bank.inquire(request, context)),
    refund: async (request): Promise<RefundAnswer> => {
      const answered = await ask(`refund ${request.refundId}`, (bank) => bank.refund(request, context));
      if (answered === undefined) return { status: 'unknown' };
      if (answered.refusal === undefined) return { status: 'refunded' };
      const { code } = answered.refusal;
      return refusals.includes(code) ? { status: 'refused', code } : { status: 'unknown' };
    },
    close: () => undefined,
  };
};
