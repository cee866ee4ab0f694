import { streamOf } from '../../domain/decider.js';
import { type OrderCommand, type OrderRefusal, order } from '../../domain/ticketing/order.js';
import type { Order, OrderState, Payment, Refund } from '../../domain/ticketing/order-state.js';
import { nextStep, type PurchaseStep } from '../../domain/ticketing/purchase.js';
import { type SaleRefusal, sale } from '../../domain/ticketing/sale.js';
import type { CommandContext } from '../command-context.js';
import { type CommandHandler, Overloaded } from '../command-handler.js';
import { derivedId } from '../ids.js';
import type { Bank } from '../ports/bank.js';
import type { Clock } from '../ports/clock.js';
import type { Ids } from '../ports/ids.js';
import { type OrderStanding, orderStanding } from './orders.js';
import { type Errand, PurchaseSteps } from './purchase-steps.js';
import type { Result, Written } from './result.js';

/** How long a payment may stay open before it is reversed; the places are kept as long. */
const paymentMs = 120_000;

/** What became of an attempt to pay, and how the order stands. */
export interface PaymentStanding {
  readonly transactionId: string;
  readonly step: Payment['step'];
  readonly decline?: NonNullable<Payment['decline']>;
  readonly actionUrl?: string;
  readonly card?: NonNullable<Payment['card']>;
  readonly order: OrderStanding;
}

export type PurchaseRefusal = OrderRefusal | SaleRefusal;

/**
 * The purchase from an attempt to pay to the tickets, and its refunds. What is to be done follows from the order's
 * events alone, so whoever comes across an open purchase, on any instance, takes it up where it stands.
 */
export class Purchases {
  readonly #steps: PurchaseSteps;
  readonly #underWay = new Map<string, Promise<boolean>>();

  constructor(
    private readonly commandHandler: CommandHandler,
    private readonly bank: Bank,
    private readonly clock: Clock,
    ids: Ids,
  ) {
    this.#steps = new PurchaseSteps(commandHandler, bank, clock, ids);
  }

  /**
   * Starts a payment and goes as far as the bank's answer lets it.
   * @throws Overloaded before anything was started
   */
  async pay(
    orderId: string,
    cardToken: string,
    context: CommandContext,
  ): Promise<Result<PaymentStanding, PurchaseRefusal>> {
    const transactionId = derivedId('transaction', context.commandId);
    const now = this.clock.now();
    const expiresAt = now + paymentMs;
    const start: OrderCommand = { type: 'StartPayment', transactionId, cardToken, expiresAt, now };
    const { result } = await this.commandHandler.query(order, orderId, (state) => ({
      decision: order.decide(start, state),
      saleId: state.status === 'none' ? '' : state.placed.saleId,
    }));
    if (result.decision.events === undefined) return { refusal: result.decision.refusal };
    if (result.decision.events.length > 0) {
      if (this.bank.isFull === true) throw new Overloaded('the bank is asked for as much as it may be');
      const refusal = await this.#start(orderId, result.saleId, start, context);
      if (refusal !== undefined) return { refusal };
    }
    await this.advance(orderId, context.correlationId);
    return this.#standing(orderId, result.saleId, transactionId);
  }

  /** Keeps the places over the bank's deadline, then names the payment: only then is the bank asked. */
  async #start(
    orderId: string,
    saleId: string,
    start: OrderCommand & { readonly type: 'StartPayment' },
    context: CommandContext,
  ): Promise<PurchaseRefusal | undefined> {
    const { now, expiresAt } = start;
    const secure = { type: 'ExtendForPayment' as const, orderId, until: expiresAt, now };
    const secured = await this.commandHandler.handle(sale, saleId, secure, context);
    if (secured.refusal !== undefined) {
      if (secured.refusal.code === 'hold_lapsed') {
        await this.commandHandler.handle(order, orderId, { type: 'Expire', now }, context);
      }
      return secured.refusal;
    }
    const started = await this.commandHandler.handle(order, orderId, start, context);
    return started.refusal;
  }

  /**
   * Asks for money back: for named tickets (which are cancelled), an amount, or all that is left.
   * @returns how the refund stands after as many steps as could be taken
   */
  async refund(
    orderId: string,
    wish: { readonly ticketIds?: readonly string[]; readonly amountMinor?: number },
    context: CommandContext,
  ): Promise<Result<{ readonly refund: Refund; readonly order: OrderStanding }, OrderRefusal>> {
    const refundId = derivedId('refund', context.commandId);
    const command: OrderCommand = { type: 'RequestRefund', refundId, ...wish, now: this.clock.now() };
    const asked = await this.commandHandler.handle(order, orderId, command, context);
    if (asked.refusal !== undefined) return { refusal: asked.refusal };
    await this.advance(orderId, context.correlationId);
    const { result, position } = await this.commandHandler.query(order, orderId, (state) => {
      const refund = state.status === 'none' ? undefined : state.refunds.get(refundId);
      if (refund === undefined) throw new Error(`refund ${refundId} was left out of order ${orderId}`);
      return { refund: { ...refund }, order: orderStanding(orderId, state, 0n) };
    });
    return { value: result, written: [{ stream: streamOf(order, orderId), position }] };
  }

  /**
   * Goes on with an order from where its events stand until it is at rest or has to wait. Twice at once is one walk.
   * @returns whether anything moved
   */
  advance(orderId: string, correlationId: string): Promise<boolean> {
    const running = this.#underWay.get(orderId);
    // Whoever joins late may have written what the walk has passed already, so it walks once more.
    if (running !== undefined) return running.then(() => this.advance(orderId, correlationId));
    const walk = this.#walk(orderId, correlationId).finally(() => this.#underWay.delete(orderId));
    this.#underWay.set(orderId, walk);
    return walk;
  }

  async #walk(orderId: string, correlationId: string): Promise<boolean> {
    for (let hasMoved = false; ; hasMoved = true) {
      const { result } = await this.commandHandler.query(order, orderId, (state) => ({
        step: nextStep(state, this.clock.now()),
        errand: errandOf(orderId, correlationId, state),
      }));
      const { step, errand } = result;
      if (errand === undefined || step.do === 'rest' || step.do === 'wait') return hasMoved;
      if (!(await this.#take(step, errand))) return hasMoved;
    }
  }

  #take(step: Exclude<PurchaseStep, { do: 'rest' | 'wait' }>, errand: Errand): Promise<boolean> {
    switch (step.do) {
      case 'authorise':
        return this.#steps.authorise(errand);
      case 'inquire':
        return this.#steps.inquire(errand);
      case 'abandon':
        return this.#steps.abandon(errand);
      case 'reverse':
        return this.#steps.reverse(errand);
      case 'confirm':
        return this.#steps.confirm(errand);
      case 'issue':
        return this.#steps.issue(errand);
      case 'capture':
        return this.#steps.capture(errand);
      case 'refund':
        return this.#steps.refund(errand, step.refund);
      default:
        return step satisfies never;
    }
  }

  async #standing(
    orderId: string,
    saleId: string,
    transactionId: string,
  ): Promise<Result<PaymentStanding, PurchaseRefusal>> {
    const { result, revision, position } = await this.commandHandler.query(order, orderId, (state) => {
      const payment = state.status === 'none' ? undefined : state.payments.get(transactionId);
      if (payment === undefined) throw new Error(`payment ${transactionId} was left out of order ${orderId}`);
      const { step, decline, actionUrl, card } = payment;
      return {
        transactionId,
        step,
        ...(decline && { decline }),
        ...(step === 'action_required' && actionUrl !== undefined && { actionUrl }),
        ...(card && { card }),
        order: orderStanding(orderId, state, 0n),
      };
    });
    const places = await this.commandHandler.query(sale, saleId, () => undefined);
    const written: Written[] = [
      { stream: streamOf(order, orderId), position },
      { stream: streamOf(sale, saleId), position: places.position },
    ];
    return { value: { ...result, order: { ...result.order, revision: revision.toString() } }, written };
  }
}

/** What a step needs to know of the order, copied out of its state. */
const errandOf = (orderId: string, correlationId: string, state: OrderState): Errand | undefined => {
  if (state.status === 'none' || state.payment === undefined) return undefined;
  const { placed, ticketIds }: Order = state;
  const { transactionId, cardToken, amount, inquiries, step } = state.payment;
  return {
    orderId,
    correlationId,
    placed,
    ticketIds,
    payment: { transactionId, cardToken, amount, inquiries, step },
  };
};
