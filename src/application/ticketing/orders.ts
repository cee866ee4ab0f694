import { streamOf } from '../../domain/decider.js';
import type { Money } from '../../domain/money.js';
import { order } from '../../domain/ticketing/order.js';
import type { OrderCommand, OrderRefusal } from '../../domain/ticketing/order-commands.js';
import type { OrderEvent } from '../../domain/ticketing/order-events.js';
import type { OrderState, OrderStatus } from '../../domain/ticketing/order-state.js';
import type { PurchaseEffect } from '../../domain/ticketing/purchase.js';
import type { PurchaseTimes } from '../../domain/ticketing/purchase-timer.js';
import { sale } from '../../domain/ticketing/sale.js';
import type { SaleRefusal } from '../../domain/ticketing/sale-commands.js';
import { holdOf, type SaleState, termsOf } from '../../domain/ticketing/sale-state.js';
import { ticket } from '../../domain/ticketing/ticket.js';
import type { CommandContext } from '../command-context.js';
import type { CommandHandler } from '../command-handler.js';
import { derivedId } from '../ids.js';
import type { Clock } from '../ports/clock.js';
import { causeOf, type ProcessRunner } from '../processes/process-runner.js';
import type { Result, WrittenStream } from './result.js';

export interface OrderRequest {
  readonly saleId: string;
  /** Left out where seats are named. */
  readonly quantity?: number;
  readonly seats?: readonly string[];
  readonly buyer: { readonly email: string; readonly name: string };
}

/** An order as it stands right after a command. */
export interface OrderSummary {
  readonly orderId: string;
  readonly saleId: string;
  readonly status: OrderStatus;
  readonly quantity: number;
  readonly seats?: readonly string[];
  readonly total: Money;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly revision: string;
}

export type OrderResult = Result<OrderSummary, OrderRefusal | SaleRefusal>;

/** The same for one person whatever letter case or composition the address comes in; tells nothing of the address. */
const personIdOf = (email: string): string => derivedId('person', email.trim().normalize('NFC').toLowerCase());

export const orderSummary = (orderId: string, state: OrderState, revision: bigint): OrderSummary => {
  if (state.status === 'none') throw new Error(`order ${orderId} was never placed`);
  const { saleId, quantity, seats, total } = state.placed;
  return {
    orderId,
    saleId,
    status: state.status,
    quantity,
    ...(seats && { seats }),
    total,
    expiresAt: state.expiresAt,
    revision: revision.toString(),
  };
};

/** What is done with an order beside paying and refunding. */
export class Orders {
  constructor(
    private readonly commandHandler: CommandHandler,
    private readonly clock: Clock,
    private readonly runner: ProcessRunner<OrderState, PurchaseEffect, OrderEvent, PurchaseTimes>,
  ) {}

  /**
   * Takes places, then writes the order. Whoever is too late leaves no trace. A crash in between leaves a hold that
   * lapses by itself, or that the same command, sent again, finds. An order that is free goes on to its tickets.
   */
  async place(request: OrderRequest, context: CommandContext): Promise<OrderResult> {
    const { saleId, buyer } = request;
    // Of its sale: a key that came before for another sale leads to no order of that one.
    const orderId = derivedId('order', context.commandId, saleId);
    const now = this.clock.now();
    const personId = personIdOf(buyer.email);
    const quantity = request.seats?.length ?? request.quantity ?? 0;
    const places = { orderId, personId, quantity, ...(request.seats && { seats: request.seats }) };
    const held = await this.commandHandler.handle(sale, saleId, { type: 'Hold', ...places, now }, context, {
      select: (state) => heldPlaces(state, orderId),
    });
    if (held.refusal !== undefined) return { refusal: held.refusal };
    const { terms, hold } = held.result;
    const isOver = hold.status === 'lapsed' || hold.status === 'released';
    if (isOver && !(await this.#isPlaced(orderId))) return { refusal: { code: 'hold_lapsed' } };
    const { price: unitPrice, name } = terms;
    const place: OrderCommand = {
      type: 'Place',
      orderId,
      saleId,
      saleName: name,
      buyer,
      personId,
      lines: [{ description: name, quantity: hold.quantity, unitPrice }],
      quantity: hold.quantity,
      ...(hold.seats && { seats: hold.seats }),
      total: { amountMinor: unitPrice.amountMinor * hold.quantity, currency: unitPrice.currency },
      placedAt: now,
      expiresAt: hold.expiresAt,
    };
    const written = [{ stream: streamOf(sale, saleId), position: held.position }];
    const placed = await this.#handle(orderId, place, context, written);
    const isFree = placed.refusal === undefined && unitPrice.amountMinor === 0;
    return isFree ? this.#fulfilled(orderId, saleId, context) : placed;
  }

  /** Extends the hold once more, as far as its cap lets it. */
  async extend(orderId: string, context: CommandContext): Promise<OrderResult> {
    const { result: extendable } = await this.commandHandler.query(order, orderId, extendableOf);
    if (extendable.refusal !== undefined) return extendable;
    const { saleId } = extendable;
    const now = this.clock.now();
    const held = await this.commandHandler.handle(sale, saleId, { type: 'Extend', orderId, now }, context, {
      select: (state) => heldPlaces(state, orderId).hold.heldUntil,
    });
    if (held.refusal !== undefined) return { refusal: held.refusal };
    const written = [{ stream: streamOf(sale, saleId), position: held.position }];
    return this.#handle(orderId, { type: 'Extend', expiresAt: held.result, now }, context, written);
  }

  /** Gives the places back before anything was paid. */
  async cancel(orderId: string, context: CommandContext): Promise<OrderResult> {
    const now = this.clock.now();
    const cancelled = await this.#handle(orderId, { type: 'Cancel', now }, context, []);
    if (cancelled.refusal !== undefined) return cancelled;
    const { saleId } = cancelled.value;
    const freed = await this.commandHandler.handle(sale, saleId, { type: 'Release', orderId, now }, context);
    if (freed.refusal !== undefined) return { refusal: freed.refusal };
    const written: WrittenStream = { stream: streamOf(sale, saleId), position: freed.position };
    return { ...cancelled, written: [...cancelled.written, written] };
  }

  /** A person has done what the purchase couldn't do by itself; nothing where nobody was asked for. */
  resolveReview(
    orderId: string,
    { by, note }: { readonly by: string; readonly note: string },
    context: CommandContext,
  ): Promise<OrderResult> {
    return this.#handle(orderId, { type: 'ResolveReview', by, note, now: this.clock.now() }, context, []);
  }

  /** Goes as far as the purchase comes by itself; what a crash leaves open, whoever runs the process finishes. */
  async #fulfilled(orderId: string, saleId: string, context: CommandContext): Promise<OrderResult> {
    await this.runner.advance(orderId, causeOf(context));
    const summary = (state: OrderState, revision: bigint) => orderSummary(orderId, state, revision);
    const { result: value } = await this.commandHandler.query(order, orderId, summary, 'cached');
    return { value, written: await writtenOf(this.commandHandler, orderId, saleId) };
  }

  async #isPlaced(orderId: string): Promise<boolean> {
    return (await this.commandHandler.query(order, orderId, ({ status }) => status !== 'none')).result;
  }

  async #handle(
    orderId: string,
    command: OrderCommand,
    context: CommandContext,
    written: readonly WrittenStream[],
  ): Promise<OrderResult> {
    const handled = await this.commandHandler.handle(order, orderId, command, context, {
      select: (state, revision) => orderSummary(orderId, state, revision),
    });
    if (handled.refusal !== undefined) return { refusal: handled.refusal };
    const { result: value, position } = handled;
    return { value, written: [...written, { stream: streamOf(order, orderId), position }] };
  }
}

type Extendable = { readonly refusal?: undefined; readonly saleId: string } | { readonly refusal: OrderRefusal };

/** Only an order that waits for its payment may keep its places longer; asked before the sale is touched. */
const extendableOf = (state: OrderState): Extendable => {
  if (state.status === 'none') return { refusal: { code: 'order_unknown' } };
  const { status, placed } = state;
  return status === 'awaiting_payment' ? { saleId: placed.saleId } : { refusal: { code: 'not_extendable', status } };
};

/** How far a reader has to come to see what was done with an order, its places and its tickets. */
export const writtenOf = async (
  commandHandler: CommandHandler,
  orderId: string,
  saleId: string,
): Promise<readonly WrittenStream[]> => {
  const nothing = (): undefined => undefined;
  const ofOrder = await commandHandler.query(order, orderId, issuedOf, 'cached');
  const ofSale = await commandHandler.query(sale, saleId, nothing, 'cached');
  const ofTickets = ofOrder.result.map(async (ticketId) => {
    const { position } = await commandHandler.query(ticket, ticketId, nothing, 'cached');
    return { stream: streamOf(ticket, ticketId), position };
  });
  return [
    { stream: streamOf(order, orderId), position: ofOrder.position },
    { stream: streamOf(sale, saleId), position: ofSale.position },
    ...(await Promise.all(ofTickets)),
  ];
};

const issuedOf = (state: OrderState): readonly string[] =>
  state.status !== 'none' && state.places === 'issued' ? state.ticketIds : [];

const heldPlaces = (state: SaleState, orderId: string) => {
  const terms = termsOf(state);
  const hold = holdOf(state, orderId);
  if (terms === undefined || hold === undefined) throw new Error(`no places are held for order ${orderId}`);
  return { terms, hold };
};
