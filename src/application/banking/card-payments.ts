import { createHash } from 'node:crypto';
import { transaction } from '../../domain/banking/transaction.js';
import type { TransactionCommand, TransactionRefusal } from '../../domain/banking/transaction-commands.js';
import type { TransactionState } from '../../domain/banking/transaction-state.js';
import type { Money } from '../../domain/money.js';
import type { CommandHandler } from '../command-handler.js';
import type { BankAnswer } from '../ports/bank.js';
import type { Clock } from '../ports/clock.js';
import type { Ids } from '../ports/ids.js';
import type { Cause } from '../processes/process-runner.js';
import type { BankKey } from './bank-key.js';
import type { BankProcesses } from './bank-processes.js';
import { openToken } from './card-token.js';

/** Where a transaction stands. The bank itself always knows. */
export type TransactionAnswer = Exclude<BankAnswer, { status: 'unknown' }>;

export type Answered =
  | { readonly refusal?: undefined; readonly answer: TransactionAnswer }
  | { readonly refusal: TransactionRefusal; readonly answer?: undefined };

const answerOf = (transactionId: string, state: TransactionState): TransactionAnswer => {
  switch (state.status) {
    case 'none':
      return { status: 'not_found' };
    case 'barred':
    case 'voided':
    case 'expired':
      return { status: 'voided' };
    case 'action_required':
      return { status: 'action_required', actionUrl: `/bank/v1/transactions/${transactionId}/confirmations` };
    case 'authorised':
    case 'captured': {
      const { cardId, brand, lastFour } = state.card;
      return { status: state.status, card: { cardId, brand, lastFour } };
    }
    case 'declined':
      return { status: 'declined', ...state.decline };
    case 'requested':
      throw new Error(`transaction ${transactionId} was left without an outcome`);
    default:
      return state satisfies never;
  }
};

/**
 * The bank's payments. A transaction's stream decides what is to be; the card's stream holds, books and frees the amount.
 * Each call brings the transaction to rest from wherever an earlier one left it, so every call may be repeated, run
 * beside itself, or be finished by another instance.
 */
export class CardPayments {
  constructor(
    private readonly commandHandler: CommandHandler,
    private readonly key: BankKey,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly processes: Pick<BankProcesses, 'payments'>,
  ) {}

  /** A token pays once: declined where it can't be opened (`card_token_invalid`), has ended or was used. */
  async authorise(
    call: { transactionId: string; cardToken: string; amount: Money; description: string },
    cause: Cause,
  ): Promise<Answered> {
    const { transactionId, cardToken, amount, description } = call;
    const opened = openToken(this.key, cardToken);
    const tokenHash = createHash('sha256').update(cardToken).digest('base64url');
    const requestedAt = this.clock.now();
    const asked = {
      amount,
      description,
      tokenHash,
      requestedAt,
      ...(opened && { card: opened.card, tokenEndsAt: opened.endsAt }),
    };
    return this.#do({ type: 'Request', transactionId, ...asked }, cause);
  }

  async capture({ transactionId }: { transactionId: string }, cause: Cause): Promise<Answered> {
    const command = { type: 'Capture', transactionId, now: this.clock.now() } as const;
    const first = await this.#do(command, cause);
    // It had no outcome yet, and the first try brought it there.
    return first.answer?.status === 'authorised' ? this.#do(command, cause) : first;
  }

  /** Closes a transaction that the bank never saw. */
  async void({ transactionId }: { transactionId: string }, cause: Cause): Promise<Answered> {
    return this.#do({ type: 'Void', transactionId, now: this.clock.now() }, cause);
  }

  /** The answer is `captured` when the credit is booked. */
  async refund(
    { transactionId, refundId, amount }: { transactionId: string; refundId: string; amount: Money },
    cause: Cause,
  ): Promise<Answered> {
    return this.#do({ type: 'Refund', transactionId, refundId, amount, now: this.clock.now() }, cause);
  }

  /** The holder's word on a payment that requires it. */
  async confirm(
    { transactionId, outcome }: { transactionId: string; outcome: 'approve' | 'reject' },
    cause: Cause,
  ): Promise<Answered> {
    const isApproved = outcome === 'approve';
    return this.#do({ type: 'Confirm', transactionId, isApproved, now: this.clock.now() }, cause);
  }

  /** Finishes what was left half done, then tells where the transaction stands. */
  async inquire({ transactionId }: { transactionId: string }, cause: Cause): Promise<Answered> {
    await this.commandHandler.query(transaction, transactionId, () => undefined, 'current');
    return this.#finish(transactionId, cause);
  }

  /**
   * Each call is a command of its own: what is sent twice meets the state, which knows the ids of transactions and refunds
   * for good.
   */
  async #do(command: TransactionCommand, cause: Cause): Promise<Answered> {
    const { transactionId } = command;
    const context = { ...cause, commandId: this.ids.next() };
    const { refusal } = await this.commandHandler.handle(transaction, transactionId, command, context);
    return refusal === undefined ? this.#finish(transactionId, cause) : { refusal };
  }

  /** The state in memory is that of the store now. */
  async #finish(transactionId: string, cause: Cause): Promise<Answered> {
    await this.processes.payments.advance(transactionId, cause);
    const { result } = await this.commandHandler.query(transaction, transactionId, (state) => state, 'cached');
    return { answer: answerOf(transactionId, result) };
  }
}
