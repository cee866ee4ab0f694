import { streamOf } from '../../domain/decider.js';
import type { Money } from '../../domain/money.js';
import { order } from '../../domain/ticketing/order.js';
import type { OrderCommand, OrderRefusal } from '../../domain/ticketing/order-commands.js';
import type { OrderState, OrderStatus } from '../../domain/ticketing/order-state.js';
import { sale } from '../../domain/ticketing/sale.js';
import type { SaleRefusal } from '../../domain/ticketing/sale-commands.js';
import { holdOf, type SaleState, termsOf } from '../../domain/ticketing/sale-state.js';
import type { CommandContext } from '../command-context.js';
import type { CommandHandler } from '../command-handler.js';
import { derivedId } from '../ids.js';
import type { Clock } from '../ports/clock.js';
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
  ) {}

  /**
   * Takes places, then writes the order. Whoever is too late leaves no trace. A crash in between leaves a hold that
   * lapses by itself, or that the same command, sent again, finds.
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
    return this.#handle(orderId, place, context, [{ stream: streamOf(sale, saleId), position: held.position }]);
  }

  /** Extends the hold once more, as far as its cap lets it. */
  async extend(orderId: string, context: CommandContext): Promise<OrderResult> {
    const { result: extendable } = await this.commandHandler.query(order, orderId, extendableOf);
    if (extendable.refusal !== undefined) return extendable;
    const { saleId } = extendable;
    const now = this.clock.now();
    const held = await this.commandHandler.handle(sale, saleId, { type: 'Extend', orderId, now }, context, {
      select: (state) => heldPlaces(state, orderId).hold.expiresAt,
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

const heldPlaces = (state: SaleState, orderId: string) => {
  const terms = termsOf(state);
  const hold = holdOf(state, orderId);
  if (terms === undefined || hold === undefined) throw new Error(`no places are held for order ${orderId}`);
  return { terms, hold };
};
