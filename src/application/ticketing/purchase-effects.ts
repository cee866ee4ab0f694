import { order } from '../../domain/ticketing/order.js';
import type { OrderCommand, PaymentAnswer } from '../../domain/ticketing/order-commands.js';
import type { PlacesReturn, Refund } from '../../domain/ticketing/order-state.js';
import type { PaidPurchase, Purchase, PurchaseEffect } from '../../domain/ticketing/purchase.js';
import { sale } from '../../domain/ticketing/sale.js';
import type { SaleCommand } from '../../domain/ticketing/sale-commands.js';
import { holdOf } from '../../domain/ticketing/sale-state.js';
import { ticket } from '../../domain/ticketing/ticket.js';
import type { TicketCommand } from '../../domain/ticketing/ticket-commands.js';
import type { CommandContext } from '../command-context.js';
import type { CommandHandler } from '../command-handler.js';
import { derivedId } from '../ids.js';
import type { Bank, BankAnswer } from '../ports/bank.js';
import type { Clock } from '../ports/clock.js';
import type { Ids } from '../ports/ids.js';
import type { Perform, Running } from '../processes/process-runner.js';
import type { SealingKey } from '../sealing-key.js';
import { paymentAnswerOf } from './payment-answer.js';

/** How long places that are taken again for a late payment may wait for their confirmation. */
const reacquireMs = 60_000;

type Done = Promise<'unanswered' | undefined>;

/** The effects of a purchase. Each asks the other side under an id that was kept first, then records what it heard. */
export class PurchaseEffects {
  constructor(
    private readonly commandHandler: CommandHandler,
    private readonly bank: Bank,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly cardTokens: SealingKey,
  ) {}

  readonly perform: Perform<PurchaseEffect> = async (effect, running) => {
    switch (effect.do) {
      case 'keep places':
        return this.#keepPlaces(effect.purchase, running);
      case 'authorise':
        return this.#authorise(effect.purchase, running);
      case 'inquire':
        return this.#inquire(effect.purchase, running);
      case 'abandon':
        return this.#record(running, this.#abandon(effect.purchase));
      case 'reverse':
        return this.#reverse(effect.purchase, running);
      case 'confirm':
        return this.#confirm(effect.purchase, running);
      case 'issue':
        return this.#issueAndCapture(effect.purchase, effect.purchase.ticketIds, running);
      case 'capture':
        return this.#captured(effect.purchase, running);
      case 'refund':
        return this.#refund(effect.purchase, effect.refund, running);
      case 'return places':
        return this.#returnPlaces(effect.purchase, effect.places, running);
      case 'expire':
        return this.#expire(effect.saleId, running);
      default:
        return effect satisfies never;
    }
  };

  /** Keeps the places over the bank's deadline. Where their time is over, the bank isn't asked for money any more. */
  async #keepPlaces(purchase: PaidPurchase, running: Running): Done {
    const { placed, payment } = purchase;
    const keep = { orderId: running.id, until: payment.giveUpAt, now: this.clock.now() };
    const kept = await this.#toSale(placed.saleId, running, { type: 'ExtendForPayment', ...keep });
    return kept.refusal === undefined ? undefined : this.#record(running, this.#abandon(purchase));
  }

  async #authorise(purchase: PaidPurchase, running: Running): Done {
    const { transactionId, cardToken: kept, amount } = purchase.payment;
    // Older events carry it in clear.
    const cardToken = this.cardTokens.open(kept) ?? kept;
    const description = purchase.placed.saleName;
    const answer = await this.bank.authorise({ transactionId, cardToken, amount, description });
    return this.#hear(purchase, answer, running);
  }

  async #inquire(purchase: PaidPurchase, running: Running): Done {
    const answer = await this.bank.inquire({ transactionId: purchase.payment.transactionId });
    return answer.status === 'not_found' ? this.#authorise(purchase, running) : this.#hear(purchase, answer, running);
  }

  /**
   * Said before the bank is asked to reverse the payment: whoever hears of an authorisation from now on, on any instance,
   * makes no tickets of it.
   */
  #abandon({ payment: { transactionId } }: PaidPurchase): OrderCommand {
    return { type: 'Abandon', transactionId, now: this.clock.now() };
  }

  /**
   * Closes the transaction at the bank, also to an authorisation that is still under way. Places that were lost are given
   * up for good first: another instance may get them late, and must not sell them.
   */
  async #reverse({ placed, places, payment }: PaidPurchase, running: Running): Done {
    const { transactionId } = payment;
    if (places === 'lost') {
      await this.#toSale(placed.saleId, running, { type: 'Forgo', orderId: running.id, now: this.clock.now() });
    }
    const answer = await this.bank.void({ transactionId });
    return answer.status === 'captured'
      ? this.#record(running, this.#requestReview('a payment to be reversed was captured'))
      : this.#tell(placed.saleId, transactionId, paymentAnswerOf(answer, payment, this.clock.now()), running);
  }

  /** Sells the places. Where no one else can have given the order up, its tickets and the money follow at once. */
  async #confirm(purchase: Purchase, running: Running): Done {
    const { placed, payment } = purchase;
    const ticketIds = Array.from({ length: placed.quantity }, (_, index) =>
      derivedId('ticket', running.id, String(index)),
    );
    const taken = await this.#takePlaces(purchase, ticketIds, running);
    const now = this.clock.now();
    if (taken === 'none') {
      if (payment === undefined) return this.#record(running, { type: 'Expire', now });
      return this.#record(running, { type: 'LosePlaces', transactionId: payment.transactionId, now });
    }
    const confirmed: OrderCommand = {
      type: 'ConfirmPlaces',
      ticketIds,
      ...(placed.seats && { seats: placed.seats }),
      now,
    };
    return taken === 'held all along'
      ? this.#issueAndCapture(purchase, ticketIds, running, confirmed)
      : this.#record(running, confirmed);
  }

  /**
   * Issues the tickets and takes the money; the order is told of all at once.
   * @param confirmed is recorded first, where it wasn't yet
   */
  async #issueAndCapture(
    { placed, payment }: Purchase,
    ticketIds: readonly string[],
    running: Running,
    ...confirmed: readonly OrderCommand[]
  ): Done {
    const issuedAt = this.clock.now();
    const { saleId, buyer: holder } = placed;
    const issuing = ticketIds.map((ticketId, index) => {
      const seat = placed.seats?.[index];
      const seated = seat !== undefined && { seat };
      return this.#toTicket(ticketId, running, {
        type: 'Issue',
        ...{ ticketId, saleId, orderId: running.id, ...seated, holder, issuedAt },
      });
    });
    const [captured] = await Promise.all([payment && this.#capture(payment.transactionId), ...issuing]);
    await this.#record(running, ...confirmed, { type: 'MarkIssued', now: issuedAt }, ...(captured ?? []));
    return captured?.length === 0 ? 'unanswered' : undefined;
  }

  async #captured({ payment }: PaidPurchase, running: Running): Done {
    return this.#record(running, ...(await this.#capture(payment.transactionId)));
  }

  /** @returns what is to be recorded of the bank's answer; nothing if it says nothing */
  async #capture(transactionId: string): Promise<readonly OrderCommand[]> {
    const answer = await this.bank.capture({ transactionId });
    if (answer.status === 'unknown') return [];
    return answer.status === 'captured'
      ? [this.#recordAnswer(transactionId, { status: 'captured' })]
      : [this.#requestReview(`the bank refused to capture: ${answer.status}`)];
  }

  /**
   * Cancels the tickets, then pays the money back. Where a ticket has been used meanwhile, or the bank refuses, the tickets
   * are good again: state and money agree.
   */
  async #refund({ payment }: Purchase, refund: Refund, running: Running): Done {
    const { refundId, amount, ticketIds } = refund;
    const now = this.clock.now();
    const ofTickets = (type: 'Reinstate' | 'MarkRefunded') =>
      Promise.all(ticketIds.map((ticketId) => this.#toTicket(ticketId, running, { type, refundId, now })));
    for (const ticketId of ticketIds) {
      const { refusal } = await this.#toTicket(ticketId, running, { type: 'Cancel', refundId, now });
      if (refusal === undefined) continue;
      await ofTickets('Reinstate');
      return this.#record(running, { type: 'RecordRefund', refundId, refusedWith: refusal.code, now });
    }
    if (payment !== undefined && amount.amountMinor > 0) {
      const { transactionId } = payment;
      const answer = await this.bank.refund({ transactionId, refundId, amount });
      if (answer.status === 'unknown') return 'unanswered';
      if (answer.status === 'refused') {
        await ofTickets('Reinstate');
        const review = this.#requestReview(`the bank refused a refund: ${answer.code}`);
        return this.#record(running, review, { type: 'RecordRefund', refundId, refusedWith: answer.code, now });
      }
    }
    await ofTickets('MarkRefunded');
    return this.#record(running, { type: 'RecordRefund', refundId, now });
  }

  /** Puts the places of refunded tickets on sale again. */
  async #returnPlaces({ placed: { saleId } }: Purchase, { returnId, ticketIds }: PlacesReturn, running: Running): Done {
    const now = this.clock.now();
    const returned = await this.#toSale(saleId, running, { type: 'Return', orderId: running.id, ticketIds, now });
    if (returned.refusal !== undefined) throw new Error(`the sale did not take back places: ${returned.refusal.code}`);
    await Promise.all(ticketIds.map((ticketId) => this.#toTicket(ticketId, running, { type: 'MarkReturned', now })));
    return this.#record(running, { type: 'RecordReturn', returnId, now });
  }

  /**
   * Asks the sale, which alone says when a hold is over; the order follows it. A payment that another instance has started
   * keeps the places: the order is read anew.
   */
  async #expire(saleId: string, running: Running): Done {
    const orderId = running.id;
    const isPayable = await this.commandHandler.query(order, orderId, ({ status }) => status === 'awaiting_payment');
    if (!isPayable.result) return;
    const now = this.clock.now();
    await this.#toSale(saleId, running, { type: 'LapseDue', orderId, now });
    const hold = await this.#hold(saleId, running);
    const isKept = hold?.status === 'held';
    return this.#record(running, isKept ? { type: 'Extend', expiresAt: hold.heldUntil, now } : { type: 'Expire', now });
  }

  /** Those that the order held, or others where they had lapsed and money has come for them. */
  async #takePlaces(
    { placed, payment }: Purchase,
    ticketIds: readonly string[],
    running: Running,
  ): Promise<'held all along' | 'taken' | 'none'> {
    const orderId = running.id;
    const confirm = () =>
      this.commandHandler.handle(
        sale,
        placed.saleId,
        { type: 'Confirm', orderId, ticketIds, now: this.clock.now() },
        this.#context(running),
        { select: (state) => holdOf(state, orderId)?.isReacquired },
      );
    const confirmed = await confirm();
    if (confirmed.refusal === undefined) {
      return confirmed.events.length > 0 && confirmed.result === false ? 'held all along' : 'taken';
    }
    // Also so that no other instance can get places for an order that this one lets expire.
    if (payment === undefined) return 'none';
    const now = this.clock.now();
    const { personId, quantity, seats } = placed;
    const again = { orderId, personId, quantity, ...(seats && { seats }), until: now + reacquireMs, now };
    const held = await this.#toSale(placed.saleId, running, { type: 'Reacquire', ...again });
    return held.refusal === undefined && (await confirm()).refusal === undefined ? 'taken' : 'none';
  }

  async #hear({ placed, payment }: PaidPurchase, answer: BankAnswer, running: Running): Done {
    const heard = paymentAnswerOf(answer, payment, this.clock.now());
    if (heard.status === 'action_required') {
      const keep = { orderId: running.id, until: heard.giveUpAt, now: this.clock.now() };
      await this.#toSale(placed.saleId, running, { type: 'ExtendForPayment', ...keep });
    }
    return this.#tell(placed.saleId, payment.transactionId, heard, running);
  }

  /** An order whose payment has failed ends with it where its places have lapsed meanwhile. */
  async #tell(saleId: string, transactionId: string, heard: PaymentAnswer, running: Running): Done {
    const answer = this.#recordAnswer(transactionId, heard);
    const hasFailed = heard.status === 'declined' || heard.status === 'reversed';
    const isOver = hasFailed && (await this.#hold(saleId, running))?.status === 'lapsed';
    return this.#record(running, answer, ...(isOver ? [{ type: 'Expire', now: this.clock.now() } as const] : []));
  }

  async #hold(saleId: string, running: Running) {
    return (await this.commandHandler.query(sale, saleId, (state) => holdOf(state, running.id))).result;
  }

  #recordAnswer(transactionId: string, answer: PaymentAnswer): OrderCommand {
    return { type: 'RecordAnswer', transactionId, answer, now: this.clock.now() };
  }

  #requestReview(reason: string): OrderCommand {
    return { type: 'RequestReview', reason, now: this.clock.now() };
  }

  /** In one append, unless another writer comes in between: each command is right by itself. */
  async #record(running: Running, ...commands: readonly OrderCommand[]): Done {
    await Promise.all(
      commands.map((command) => this.commandHandler.handle(order, running.id, command, this.#context(running))),
    );
    return undefined;
  }

  #toSale(saleId: string, running: Running, command: SaleCommand) {
    return this.commandHandler.handle(sale, saleId, command, this.#context(running));
  }

  #toTicket(ticketId: string, running: Running, command: TicketCommand) {
    return this.commandHandler.handle(ticket, ticketId, command, this.#context(running));
  }

  #context({ cause }: Running): CommandContext {
    return { ...cause, commandId: this.ids.next() };
  }
}
