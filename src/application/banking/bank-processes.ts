import { card } from '../../domain/banking/card.js';
import type { CardCommand } from '../../domain/banking/card-commands.js';
import { type CardPaymentEffect, cardPayment } from '../../domain/banking/card-payment.js';
import { cardReservations, type ReservationEffect } from '../../domain/banking/card-reservations.js';
import { type Reserved, reservationOf } from '../../domain/banking/card-state.js';
import { type Decline, declines } from '../../domain/banking/decline.js';
import { authorisationLastsMs, transaction } from '../../domain/banking/transaction.js';
import type { TransactionCommand } from '../../domain/banking/transaction-commands.js';
import type { CommandContext } from '../command-context.js';
import type { CommandHandler } from '../command-handler.js';
import type { Clock } from '../ports/clock.js';
import type { Ids } from '../ports/ids.js';
import { type Cause, type Perform, ProcessRunner, type Running } from '../processes/process-runner.js';

type Done = Promise<'unanswered' | undefined>;

const declineBy = (reserved: Exclude<Reserved, { status: 'reserved' }>): Decline =>
  reserved.status === 'refused' ? reserved.decline : declines.processing_error;

/** The bank's processes: a transaction that decides, and a card that does. Every step may be done twice. */
export class BankProcesses {
  readonly payments;
  readonly reservations;

  constructor(
    private readonly commandHandler: CommandHandler,
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {
    this.payments = new ProcessRunner(cardPayment, this.#pay(), commandHandler, clock);
    this.reservations = new ProcessRunner(cardReservations, this.#settle(), commandHandler, clock);
  }

  #pay(): Perform<CardPaymentEffect> {
    return (effect, running) => {
      const of = { transactionId: running.id, now: this.clock.now() };
      switch (effect.do) {
        case 'reserve':
          return this.#reserve(effect, running);
        case 'require action':
          return this.#record({ type: 'RequireAction', ...of }, running);
        case 'expire':
          return this.#record({ type: 'Expire', ...of }, running);
        case 'book':
          return this.#tell(effect.cardId, running, { type: 'Book', ...of });
        case 'release':
          return this.#tell(effect.cardId, running, { type: 'Release', ...of });
        case 'credit':
          return this.#credit(effect, running);
        default:
          return effect satisfies never;
      }
    };
  }

  async #reserve({ request, card: presented }: Extract<CardPaymentEffect, { do: 'reserve' }>, running: Running): Done {
    const transactionId = running.id;
    const { amount, description, tokenHash, tokenEndsAt, requestedAt } = request;
    const token = tokenEndsAt !== undefined && { token: { hash: tokenHash, endsAt: tokenEndsAt } };
    const now = this.clock.now();
    const reserve: CardCommand = {
      type: 'Reserve',
      ...{ transactionId, amount, description, card: presented, ...token, requestedAt, now },
    };
    const reserved = await this.commandHandler.handle(card, presented.cardId, reserve, this.#context(running.cause), {
      select: (state) => reservationOf(state, transactionId),
    });
    if (reserved.refusal !== undefined) {
      const isUnknown = reserved.refusal.code === 'unknown_card';
      const decline = isUnknown ? declines.unknown_card : declines.processing_error;
      return this.#record({ type: 'RecordDeclined', transactionId, decline, now }, running);
    }
    // A reservation that ended tells that this transaction was decided elsewhere: recording finds that out.
    return reserved.result.status === 'reserved'
      ? this.#record({ type: 'RecordAuthorised', transactionId, now }, running)
      : this.#record({ type: 'RecordDeclined', transactionId, decline: declineBy(reserved.result), now }, running);
  }

  async #credit(effect: Extract<CardPaymentEffect, { do: 'credit' }>, running: Running): Done {
    const { cardId, refundId, amount, description } = effect;
    const transactionId = running.id;
    const now = this.clock.now();
    await this.#tell(
      cardId,
      running,
      { type: 'AnnounceCredit', refundId, transactionId, amount, description, now },
      { type: 'BookCredit', refundId, now },
    );
    return this.#record({ type: 'RecordRefunded', transactionId, refundId, now }, running);
  }

  /** Brings the transaction to rest; a reservation that it still needs is kept as long as an authorisation lasts. */
  #settle(): Perform<ReservationEffect> {
    return async ({ transactionId }, running) => {
      await this.payments.advance(transactionId, running.cause);
      const { result: state } = await this.commandHandler.query(transaction, transactionId, (found) => found);
      if (state.status !== 'authorised') return undefined;
      const until = state.authorisedAt + authorisationLastsMs;
      return this.#tell(running.id, running, { type: 'Keep', transactionId, until, now: this.clock.now() });
    };
  }

  /** In one append, as long as no one comes in between. */
  async #tell(cardId: string, { cause }: Running, ...commands: readonly CardCommand[]): Done {
    const told = commands.map(async (command) => {
      const { refusal } = await this.commandHandler.handle(card, cardId, command, this.#context(cause));
      if (refusal !== undefined) throw new Error(`card ${cardId} refused to ${command.type}: ${refusal.code}`);
    });
    await Promise.all(told);
    return undefined;
  }

  async #record(command: TransactionCommand, { id, cause }: Running): Done {
    const { refusal } = await this.commandHandler.handle(transaction, id, command, this.#context(cause));
    if (refusal !== undefined) throw new Error(`${command.type} of ${id} was refused: ${refusal.code}`);
    return undefined;
  }

  /** A remembered command would skip a step that has to be taken again, such as releasing what was reserved late. */
  #context(cause: Cause): CommandContext {
    return { ...cause, commandId: this.ids.next() };
  }
}
