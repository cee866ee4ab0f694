import { createHash } from 'node:crypto';
import { card } from '../../domain/banking/card.js';
import { type Reserved, reservationOf } from '../../domain/banking/card-state.js';
import { type Decline, declines } from '../../domain/banking/decline.js';
import { type TransactionCommand, type TransactionRefusal, transaction } from '../../domain/banking/transaction.js';
import type { PresentedCard } from '../../domain/banking/transaction-events.js';
import type { TransactionRequest, TransactionState } from '../../domain/banking/transaction-state.js';
import type { Money } from '../../domain/money.js';
import type { CommandContext } from '../command-context.js';
import type { CommandHandler } from '../command-handler.js';
import type { BankAnswer } from '../ports/bank.js';
import type { Clock } from '../ports/clock.js';
import type { Ids } from '../ports/ids.js';
import type { BankKey } from './bank-key.js';
import { openToken } from './card-token.js';

/** In whose name the bank is called. */
export type CallContext = Omit<CommandContext, 'commandId'>;

/** Where a transaction stands. The bank itself always knows. */
export type TransactionAnswer = Exclude<BankAnswer, { status: 'unknown' }>;

export type Answered =
  | { readonly refusal?: undefined; readonly answer: TransactionAnswer }
  | { readonly refusal: TransactionRefusal; readonly answer?: undefined };

/** Steps that a transaction takes at most to come to rest: confirm or reserve, record, tell the card. */
const maxSteps = 6;

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

const declineBy = (reserved: Exclude<Reserved, { status: 'reserved' }>): Decline =>
  reserved.status === 'refused' ? reserved.decline : declines.processing_error;

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
  ) {}

  /** A token that can't be opened is declined (`card_token_invalid`). */
  async authorise(
    call: { transactionId: string; cardToken: string; amount: Money; description: string },
    context: CallContext,
  ): Promise<Answered> {
    const { transactionId, cardToken, amount, description } = call;
    const opened = openToken(this.key, cardToken);
    const tokenHash = createHash('sha256').update(cardToken).digest('base64url');
    const requestedAt = this.clock.now();
    const asked = { amount, description, tokenHash, requestedAt, ...(opened && { card: opened }) };
    return this.#do({ type: 'Request', transactionId, ...asked }, context);
  }

  async capture({ transactionId }: { transactionId: string }, context: CallContext): Promise<Answered> {
    const command = { type: 'Capture', transactionId, now: this.clock.now() } as const;
    const first = await this.#do(command, context);
    // It had no outcome yet, and the first try brought it there.
    return first.answer?.status === 'authorised' ? this.#do(command, context) : first;
  }

  /** Closes a transaction that the bank never saw. */
  async void({ transactionId }: { transactionId: string }, context: CallContext): Promise<Answered> {
    return this.#do({ type: 'Void', transactionId, now: this.clock.now() }, context);
  }

  /** The answer is `captured` when the credit is booked. */
  async refund(
    { transactionId, refundId, amount }: { transactionId: string; refundId: string; amount: Money },
    context: CallContext,
  ): Promise<Answered> {
    return this.#do({ type: 'Refund', transactionId, refundId, amount, now: this.clock.now() }, context);
  }

  /** The holder's word on a payment that requires it. */
  async confirm(
    { transactionId, outcome }: { transactionId: string; outcome: 'approve' | 'reject' },
    context: CallContext,
  ): Promise<Answered> {
    const isApproved = outcome === 'approve';
    return this.#do({ type: 'Confirm', transactionId, isApproved, now: this.clock.now() }, context);
  }

  /** Finishes what was left half done, then tells where the transaction stands. */
  async inquire({ transactionId }: { transactionId: string }, context: CallContext): Promise<Answered> {
    return { answer: answerOf(transactionId, await this.#rest(transactionId, context)) };
  }

  /** Finishes what a crash left in between, and lets lapse what has lasted too long. */
  async resume(transactionId: string): Promise<void> {
    const context = { correlationId: transactionId };
    await this.#do({ type: 'Expire', transactionId, now: this.clock.now() }, context);
  }

  async #do(command: TransactionCommand, context: CallContext): Promise<Answered> {
    const { transactionId } = command;
    const sent = await this.#send(command, context);
    if (sent.refusal !== undefined) return { refusal: sent.refusal };
    return { answer: answerOf(transactionId, await this.#finish(transactionId, sent.result, context)) };
  }

  async #rest(transactionId: string, context: CallContext): Promise<TransactionState> {
    const { result } = await this.commandHandler.query(transaction, transactionId, (state) => state);
    return this.#finish(transactionId, result, context);
  }

  async #finish(transactionId: string, from: TransactionState, context: CallContext): Promise<TransactionState> {
    let state = from;
    for (let step = 0; step < maxSteps; step++) {
      const next = await this.#step(transactionId, state, context);
      if (next === undefined) return state;
      state = next;
    }
    throw new Error(`transaction ${transactionId} did not come to rest`);
  }

  /** Takes the next step and gives the state after it, or undefined when the transaction rests. */
  async #step(
    transactionId: string,
    state: TransactionState,
    context: CallContext,
  ): Promise<TransactionState | undefined> {
    switch (state.status) {
      case 'requested': {
        const { card: presented } = state.request;
        if (presented === undefined) return undefined;
        const isConfirmed = state.isConfirmed || presented.testBehaviour !== 'confirm';
        return isConfirmed
          ? this.#reserve(transactionId, state.request, presented, context)
          : this.#record({ type: 'RequireAction', transactionId, now: this.clock.now() }, context);
      }
      case 'captured':
        await this.#book(transactionId, state, context);
        return undefined;
      case 'voided':
      case 'expired':
      case 'declined':
        await this.#release(transactionId, state.request.card, context);
        return undefined;
      default:
        return undefined;
    }
  }

  async #reserve(
    transactionId: string,
    { amount, description, requestedAt }: TransactionRequest,
    presented: PresentedCard,
    context: CallContext,
  ): Promise<TransactionState> {
    const now = this.clock.now();
    const asked = { transactionId, amount, description, card: presented, requestedAt, now };
    const sent = await this.commandHandler.handle(
      card,
      presented.cardId,
      { type: 'Reserve', ...asked },
      this.#command(context),
      { select: (state) => reservationOf(state, transactionId) },
    );
    if (sent.refusal !== undefined) {
      const decline = sent.refusal.code === 'unknown_card' ? declines.unknown_card : declines.processing_error;
      return this.#record({ type: 'RecordDeclined', transactionId, decline, now }, context);
    }
    if (sent.result.status === 'reserved')
      return this.#record({ type: 'RecordAuthorised', transactionId, now }, context);
    // A reservation that ended tells that this transaction was decided elsewhere: recording finds that out.
    return this.#record({ type: 'RecordDeclined', transactionId, decline: declineBy(sent.result), now }, context);
  }

  async #book(
    transactionId: string,
    { card: presented, request, refunds }: Extract<TransactionState, { status: 'captured' }>,
    context: CallContext,
  ): Promise<void> {
    const { cardId } = presented;
    const { currency } = request.amount;
    const { description } = request;
    const now = this.clock.now();
    await this.#tell(cardId, { type: 'Book', transactionId, now }, context);
    for (const { refundId, amountMinor } of refunds) {
      const amount = { amountMinor, currency };
      await this.#tell(cardId, { type: 'AnnounceCredit', refundId, transactionId, amount, description, now }, context);
      await this.#tell(cardId, { type: 'BookCredit', refundId, now }, context);
    }
  }

  async #release(transactionId: string, presented: PresentedCard | undefined, context: CallContext): Promise<void> {
    if (presented === undefined) return;
    await this.#tell(presented.cardId, { type: 'Release', transactionId, now: this.clock.now() }, context);
  }

  async #tell(cardId: string, command: Parameters<typeof card.decide>[0], context: CallContext): Promise<void> {
    const sent = await this.commandHandler.handle(card, cardId, command, this.#command(context));
    if (sent.refusal !== undefined) throw new Error(`card ${cardId} refused to ${command.type}: ${sent.refusal.code}`);
  }

  async #record(command: TransactionCommand, context: CallContext): Promise<TransactionState> {
    const sent = await this.#send(command, context);
    if (sent.refusal !== undefined) throw new Error(`${command.type} of ${command.transactionId} was refused`);
    return sent.result;
  }

  #send(command: TransactionCommand, context: CallContext) {
    return this.commandHandler.handle(transaction, command.transactionId, command, this.#command(context), {
      select: (state) => state,
    });
  }

  /**
   * Each try is a command of its own: what is sent twice meets the state, which knows the ids of transactions and refunds
   * for good. A remembered command id would skip a step that has to be taken again, such as releasing what was reserved late.
   */
  #command(context: CallContext): CommandContext {
    return { ...context, commandId: this.ids.next() };
  }
}
