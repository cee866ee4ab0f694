import { type OrderCommand, type OrderRefusal, order, type PaymentAnswer } from '../../domain/ticketing/order.js';
import type { OrderEvent } from '../../domain/ticketing/order-events.js';
import type { Order, Payment, Refund } from '../../domain/ticketing/order-state.js';
import { type SaleCommand, sale } from '../../domain/ticketing/sale.js';
import { holdOf } from '../../domain/ticketing/sale-state.js';
import { ticket } from '../../domain/ticketing/ticket.js';
import type { CommandContext } from '../command-context.js';
import type { CommandHandler, Handled } from '../command-handler.js';
import { derivedId } from '../ids.js';
import type { Bank, BankAnswer } from '../ports/bank.js';
import type { Clock } from '../ports/clock.js';
import type { Ids } from '../ports/ids.js';

/** One order's purchase, as far as a step must know it. */
export interface Errand {
  readonly orderId: string;
  readonly correlationId: string;
  readonly placed: Order['placed'];
  readonly ticketIds: readonly string[];
  readonly payment: Pick<Payment, 'transactionId' | 'cardToken' | 'amount' | 'inquiries' | 'step'>;
}

/** The buyer's time for a confirmation step at the bank. */
const actionMs = 10 * 60_000;
/** How long places that are taken again for a late payment may wait for their confirmation. */
const reacquireMs = 60_000;

type Recorded = Handled<OrderEvent, OrderRefusal, undefined>;

const hasMoved = (recorded: Recorded): boolean => recorded.refusal === undefined && recorded.events.length > 0;

const inquiryWaitMs = (inquiries: number): number => Math.min(60_000, 1_000 * 2 ** inquiries);

/**
 * The steps of a purchase. Each asks the other side under an id that was kept first, then records what it heard: done
 * twice, or by two instances at once, it has one effect. Each tells whether it moved the order.
 */
export class PurchaseSteps {
  constructor(
    private readonly commandHandler: CommandHandler,
    private readonly bank: Bank,
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {}

  async authorise(errand: Errand): Promise<boolean> {
    const { transactionId, cardToken, amount } = errand.payment;
    const description = errand.placed.saleName;
    return this.#hear(errand, await this.bank.authorise({ transactionId, cardToken, amount, description }));
  }

  async inquire(errand: Errand): Promise<boolean> {
    const answer = await this.bank.inquire({ transactionId: errand.payment.transactionId });
    return answer.status === 'not_found' ? this.authorise(errand) : this.#hear(errand, answer);
  }

  /**
   * Says first that the payment is to be reversed: whoever hears of an authorisation from now on, on any instance, makes
   * no tickets of it.
   */
  abandon(errand: Errand): Promise<boolean> {
    const { transactionId } = errand.payment;
    return this.#record(errand, { type: 'Abandon', transactionId, now: this.clock.now() });
  }

  /** Closes the transaction at the bank, also to an authorisation that is still under way. */
  async reverse(errand: Errand): Promise<boolean> {
    const { transactionId } = errand.payment;
    const answer = await this.bank.void({ transactionId });
    if (answer.status === 'captured')
      return this.#record(errand, this.#requestReview('a payment to be reversed was captured'));
    return this.#hear(errand, answer);
  }

  async confirm(errand: Errand): Promise<boolean> {
    const { orderId, placed } = errand;
    const ticketIds = Array.from({ length: placed.quantity }, (_, index) =>
      derivedId('ticket', orderId, String(index)),
    );
    if (!(await this.#takePlaces(errand, ticketIds))) {
      const { transactionId } = errand.payment;
      return this.#record(errand, { type: 'LosePlaces', transactionId, now: this.clock.now() });
    }
    const seats = placed.seats && { seats: placed.seats };
    const confirm: OrderCommand = { type: 'ConfirmPlaces', ticketIds, ...seats, now: this.clock.now() };
    const confirmed = await this.#toOrder(errand, confirm);
    if (confirmed.refusal !== undefined) {
      // Another instance, which found none, has said meanwhile that the places are lost: the payment is being reversed.
      await this.#toSale(errand, { type: 'Return', orderId, ticketIds, now: this.clock.now() });
    }
    return hasMoved(confirmed);
  }

  /** Issues the tickets, then takes the money; the order is told of both at once. */
  async issue(errand: Errand): Promise<boolean> {
    const { orderId, placed, ticketIds } = errand;
    const issuedAt = this.clock.now();
    await Promise.all(
      ticketIds.map((ticketId, index) => {
        const seat = placed.seats?.[index];
        const { saleId, buyer: holder } = placed;
        return this.commandHandler.handle(
          ticket,
          ticketId,
          { type: 'Issue', ticketId, saleId, orderId, ...(seat !== undefined && { seat }), holder, issuedAt },
          this.#context(errand),
        );
      }),
    );
    return this.capture(errand, { type: 'MarkIssued', now: issuedAt });
  }

  /** @param done is recorded with what the bank says, or without if it says nothing */
  async capture(errand: Errand, ...done: readonly OrderCommand[]): Promise<boolean> {
    const { transactionId } = errand.payment;
    const answer = await this.bank.capture({ transactionId });
    const now = this.clock.now();
    switch (answer.status) {
      case 'unknown':
        await this.#record(errand, ...done);
        return false;
      case 'captured':
        return this.#record(errand, ...done, {
          type: 'RecordAnswer',
          transactionId,
          answer: { status: 'captured' },
          now,
        });
      default:
        return this.#record(errand, ...done, this.#requestReview(`the bank refused to capture: ${answer.status}`));
    }
  }

  /** Cancels the tickets, then pays the money back: a ticket that has been used stops the refund. */
  async refund(errand: Errand, { refundId, amount, ticketIds }: Refund): Promise<boolean> {
    const now = this.clock.now();
    let cancelled = 0;
    for (const ticketId of ticketIds) {
      const command = { type: 'Cancel' as const, refundId, now };
      const sent = await this.commandHandler.handle(ticket, ticketId, command, this.#context(errand));
      if (sent.refusal !== undefined) {
        if (cancelled > 0)
          await this.#record(errand, this.#requestReview('a refund stopped after some of its tickets were cancelled'));
        return this.#record(errand, { type: 'RecordRefund', refundId, refusedWith: sent.refusal.code, now });
      }
      cancelled++;
    }
    const { transactionId } = errand.payment;
    const answer = await this.bank.refund({ transactionId, refundId, amount });
    if (answer.status === 'unknown') return false;
    if (answer.status === 'refused') {
      await this.#record(errand, this.#requestReview(`the bank refused a refund: ${answer.code}`));
      return this.#record(errand, { type: 'RecordRefund', refundId, refusedWith: answer.code, now });
    }
    await Promise.all(
      ticketIds.map((ticketId) =>
        this.commandHandler.handle(ticket, ticketId, { type: 'MarkRefunded', refundId, now }, this.#context(errand)),
      ),
    );
    return this.#record(errand, { type: 'RecordRefund', refundId, now });
  }

  /** @returns whether the order has its places: those that it held, or others where they had lapsed */
  async #takePlaces(errand: Errand, ticketIds: readonly string[]): Promise<boolean> {
    const { orderId, placed } = errand;
    const confirm = () => this.#toSale(errand, { type: 'Confirm', orderId, ticketIds, now: this.clock.now() });
    if ((await confirm()).refusal === undefined) return true;
    const now = this.clock.now();
    const { personId, quantity, seats } = placed;
    const again = { orderId, personId, quantity, ...(seats && { seats }), until: now + reacquireMs, now };
    const held = await this.#toSale(errand, { type: 'Reacquire', ...again });
    return held.refusal === undefined && (await confirm()).refusal === undefined;
  }

  async #hear(errand: Errand, answer: BankAnswer): Promise<boolean> {
    const { transactionId } = errand.payment;
    const heard = this.#heard(errand, answer);
    if (heard.status === 'action_required') {
      const { orderId } = errand;
      await this.#toSale(errand, { type: 'ExtendForPayment', orderId, until: heard.giveUpAt, now: this.clock.now() });
    }
    const hasMoved = await this.#record(errand, {
      type: 'RecordAnswer',
      transactionId,
      answer: heard,
      now: this.clock.now(),
    });
    if (heard.status === 'declined' || heard.status === 'reversed') await this.#expireIfLapsed(errand);
    return hasMoved;
  }

  /** An order that is being paid doesn't hear that its places have lapsed, and no one tells it twice. */
  async #expireIfLapsed(errand: Errand): Promise<void> {
    const { orderId, placed } = errand;
    const { result } = await this.commandHandler.query(sale, placed.saleId, (state) => holdOf(state, orderId)?.status);
    if (result === 'lapsed') await this.#record(errand, { type: 'Expire', now: this.clock.now() });
  }

  #heard({ payment }: Errand, answer: BankAnswer): PaymentAnswer {
    const now = this.clock.now();
    const later: PaymentAnswer = { status: 'unknown', inquireAt: now + inquiryWaitMs(payment.inquiries) };
    switch (answer.status) {
      case 'authorised':
      case 'captured':
        return { status: 'authorised', card: answer.card };
      case 'declined':
        return answer;
      case 'voided':
        return { status: 'reversed' };
      case 'action_required':
        if (payment.step === 'action_required') return { ...later, inquireAt: Math.min(later.inquireAt, now + 5_000) };
        return {
          status: 'action_required',
          actionUrl: answer.actionUrl,
          inquireAt: now + 2_000,
          giveUpAt: now + actionMs,
        };
      case 'not_found':
      case 'unknown':
        return later;
      default:
        return answer satisfies never;
    }
  }

  /** In one append, unless another writer comes in between: each command is right by itself. */
  async #record(errand: Errand, ...commands: readonly OrderCommand[]): Promise<boolean> {
    return (await Promise.all(commands.map((command) => this.#toOrder(errand, command)))).some(hasMoved);
  }

  #toOrder(errand: Errand, command: OrderCommand): Promise<Recorded> {
    return this.commandHandler.handle(order, errand.orderId, command, this.#context(errand));
  }

  #toSale(errand: Errand, command: SaleCommand) {
    return this.commandHandler.handle(sale, errand.placed.saleId, command, this.#context(errand));
  }

  #requestReview(reason: string): OrderCommand {
    return { type: 'RequestReview', reason, now: this.clock.now() };
  }

  #context({ correlationId }: Errand): CommandContext {
    return { commandId: this.ids.next(), correlationId };
  }
}
