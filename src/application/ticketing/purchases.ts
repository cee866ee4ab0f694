import { order } from '../../domain/ticketing/order.js';
import type { OrderRefusal } from '../../domain/ticketing/order-commands.js';
import type { OrderEvent } from '../../domain/ticketing/order-events.js';
import { decideRefund } from '../../domain/ticketing/order-refunds.js';
import type { OrderState, Payment, Refund } from '../../domain/ticketing/order-state.js';
import { type PurchaseEffect, purchase } from '../../domain/ticketing/purchase.js';
import type { PurchaseTimes } from '../../domain/ticketing/purchase-timer.js';
import { isReturnable, ticket } from '../../domain/ticketing/ticket.js';
import type { CommandContext } from '../command-context.js';
import { type CommandHandler, Overloaded } from '../command-handler.js';
import { derivedId } from '../ids.js';
import type { Bank } from '../ports/bank.js';
import type { Clock } from '../ports/clock.js';
import type { Ids } from '../ports/ids.js';
import { causeOf, ProcessRunner } from '../processes/process-runner.js';
import type { SealingKey } from '../sealing-key.js';
import { type OrderSummary, orderSummary, writtenOf } from './orders.js';
import { PurchaseEffects } from './purchase-effects.js';
import type { Result } from './result.js';

/** How long a payment may stay open before it is reversed; the places are kept as long. */
const paymentMs = 120_000;

/** What became of an attempt to pay, and how the order stands. */
export interface PaymentSummary {
  readonly transactionId: string;
  /** `without_places`: the money is there, and the places aren't the buyer's yet, or are lost and it goes back. */
  readonly step: Payment['step'] | 'without_places';
  readonly decline?: NonNullable<Payment['decline']>;
  readonly actionUrl?: string;
  readonly card?: NonNullable<Payment['card']>;
  readonly order: OrderSummary;
}

/** Tickets that were used or are no longer valid, stand in the way of a refund. */
interface TicketsUsed {
  readonly code: 'tickets_used';
  readonly ticketIds: readonly string[];
}

interface RefundRequest {
  readonly ticketIds?: readonly string[];
  readonly amountMinor?: number;
  /** The tickets stay good although no money is left on the order. */
  readonly keepsTickets?: boolean;
  /** Of all that is left, only the tickets that can be given back. */
  readonly unusedOnly?: boolean;
}

/**
 * What a buyer asks of the purchase process: to pay, to give a payment up, to be paid back, to put places on sale again. Each request appends what
 * is wanted, then goes as far as the process comes; what is left open, whoever runs the process finishes.
 */
export class Purchases {
  readonly runner: ProcessRunner<OrderState, PurchaseEffect, OrderEvent, PurchaseTimes>;

  constructor(
    private readonly commandHandler: CommandHandler,
    private readonly bank: Bank,
    private readonly clock: Clock,
    ids: Ids,
    private readonly cardTokens: SealingKey,
  ) {
    const { perform } = new PurchaseEffects(commandHandler, bank, clock, ids, cardTokens);
    this.runner = new ProcessRunner(purchase, perform, commandHandler, clock);
  }

  /**
   * Starts a payment and goes as far as the bank's answer lets it. The token is sealed before it is kept: whoever resumes
   * the payment needs it, and who only reads the events can't pay with it.
   * @throws Overloaded before anything was started
   */
  async pay(
    orderId: string,
    cardToken: string,
    context: CommandContext,
  ): Promise<Result<PaymentSummary, OrderRefusal>> {
    const transactionId = derivedId('transaction', context.commandId);
    if (this.bank.isFull === true && !(await this.#isKnown(orderId, transactionId))) {
      throw new Overloaded('the bank is asked for as much as it may be');
    }
    const now = this.clock.now();
    const expiresAt = now + paymentMs;
    const sealed = this.cardTokens.seal(cardToken);
    const start = { type: 'StartPayment' as const, transactionId, cardToken: sealed, expiresAt, now };
    const { refusal } = await this.commandHandler.handle(order, orderId, start, context);
    if (refusal === undefined || refusal.code === 'hold_lapsed') {
      await this.runner.advance(orderId, causeOf(context));
    }
    return refusal === undefined ? this.#paymentOf(orderId, transactionId) : { refusal };
  }

  /**
   * Gives up a payment that waits for its holder's confirmation: it is reversed, and the order can be paid anew.
   * @returns the order, `checking` as long as the bank hasn't reversed the payment
   */
  async giveUp(
    orderId: string,
    transactionId: string,
    context: CommandContext,
  ): Promise<Result<OrderSummary, OrderRefusal>> {
    const command = { type: 'GiveUpPayment' as const, transactionId, now: this.clock.now() };
    const { refusal } = await this.commandHandler.handle(order, orderId, command, context);
    if (refusal !== undefined) return { refusal };
    await this.runner.advance(orderId, causeOf(context));
    const select = (state: OrderState, revision: bigint) => orderSummary(orderId, state, revision);
    const { result } = await this.commandHandler.query(order, orderId, select, 'cached');
    return { value: result, written: await writtenOf(this.commandHandler, orderId, result.saleId) };
  }

  /**
   * Asks for money back: for named tickets (which are cancelled), an amount, or all that is left. Refused before anything
   * is changed where a ticket of it has been used.
   * @returns how the refund stands after as many steps as could be taken
   */
  async refund(
    orderId: string,
    { unusedOnly = false, ...request }: RefundRequest,
    context: CommandContext,
  ): Promise<Result<{ readonly refund: Refund; readonly order: OrderSummary }, OrderRefusal | TicketsUsed>> {
    const refundId = derivedId('refund', context.commandId);
    const { used, others } = await this.#ticketsToCancel(orderId, refundId, request);
    if (used.length > 0 && (!unusedOnly || others.length === 0)) {
      return { refusal: { code: 'tickets_used', ticketIds: used } };
    }
    const ticketIds = used.length > 0 ? { ticketIds: others } : {};
    const command = { type: 'RequestRefund' as const, refundId, ...request, ...ticketIds, now: this.clock.now() };
    const { refusal } = await this.commandHandler.handle(order, orderId, command, context);
    if (refusal !== undefined) return { refusal };
    await this.runner.advance(orderId, causeOf(context));
    const select = (state: OrderState, revision: bigint) => {
      const refund = state.status === 'none' ? undefined : state.refunds.get(refundId);
      if (refund === undefined) throw new Error(`refund ${refundId} was left out of order ${orderId}`);
      return { refund: { ...refund }, order: orderSummary(orderId, state, revision) };
    };
    const { result } = await this.commandHandler.query(order, orderId, select, 'cached');
    return { value: result, written: await writtenOf(this.commandHandler, orderId, result.order.saleId) };
  }

  /** Puts places of refunded tickets on sale again: a decision of its own, never a part of the refund. */
  async returnToSale(
    saleId: string,
    orderId: string,
    ticketIds: readonly string[],
    context: CommandContext,
  ): Promise<Result<{ readonly ticketIds: readonly string[] }, OrderRefusal>> {
    const { result: soldBy } = await this.commandHandler.query(order, orderId, saleOf, 'cached');
    if (soldBy !== saleId) return { refusal: { code: 'order_unknown' } };
    const returnId = derivedId('return', context.commandId);
    const command = { type: 'RequestReturn' as const, returnId, ticketIds, now: this.clock.now() };
    const { refusal } = await this.commandHandler.handle(order, orderId, command, context);
    if (refusal !== undefined) return { refusal };
    await this.runner.advance(orderId, causeOf(context));
    return { value: { ticketIds }, written: await writtenOf(this.commandHandler, orderId, saleId) };
  }

  /** Those of a refund that isn't known yet, apart by whether they can be given back; as the order's decider takes them. */
  async #ticketsToCancel(orderId: string, refundId: string, request: RefundRequest) {
    const now = this.clock.now();
    const { result: wanted } = await this.commandHandler.query(order, orderId, (state) => {
      if (state.status === 'none' || state.refunds.has(refundId)) return [];
      const { events } = decideRefund({ type: 'RequestRefund', refundId, ...request, now }, state);
      return events?.flatMap((event) => (event.type === 'RefundRequested' ? event.data.ticketIds : [])) ?? [];
    });
    const used: string[] = [];
    const others: string[] = [];
    for (const ticketId of wanted) {
      const { result } = await this.commandHandler.query(ticket, ticketId, isReturnable);
      (result ? others : used).push(ticketId);
    }
    return { used, others };
  }

  async #paymentOf(orderId: string, transactionId: string): Promise<Result<PaymentSummary, OrderRefusal>> {
    const select = (state: OrderState, revision: bigint) => {
      const payment = state.status === 'none' ? undefined : state.payments.get(transactionId);
      if (state.status === 'none' || payment === undefined) {
        throw new Error(`payment ${transactionId} was left out of order ${orderId}`);
      }
      const { step, decline, actionUrl, card } = payment;
      const hasPlaces = state.places === 'confirmed' || state.places === 'issued';
      return {
        transactionId,
        step: step === 'authorised' && !hasPlaces ? ('without_places' as const) : step,
        ...(decline && { decline }),
        ...(step === 'action_required' && actionUrl !== undefined && { actionUrl }),
        ...(card && { card }),
        order: orderSummary(orderId, state, revision),
      };
    };
    const { result } = await this.commandHandler.query(order, orderId, select, 'cached');
    return { value: result, written: await writtenOf(this.commandHandler, orderId, result.order.saleId) };
  }

  async #isKnown(orderId: string, transactionId: string): Promise<boolean> {
    const select = (state: OrderState): boolean => state.status !== 'none' && state.payments.has(transactionId);
    return (await this.commandHandler.query(order, orderId, select)).result;
  }
}

const saleOf = (state: OrderState): string | undefined => (state.status === 'none' ? undefined : state.placed.saleId);
