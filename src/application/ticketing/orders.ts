import { streamOf } from '../../domain/decider.js';
import type { Money } from '../../domain/money.js';
import { type OrderRefusal, order } from '../../domain/ticketing/order.js';
import type { OrderState, OrderStatus } from '../../domain/ticketing/order-state.js';
import { type SaleRefusal, sale } from '../../domain/ticketing/sale.js';
import { holdOf, type SaleState, termsOf } from '../../domain/ticketing/sale-state.js';
import type { CommandContext } from '../command-context.js';
import { derivedId } from '../ids.js';
import type { Mailboxes } from '../mailbox.js';
import type { Clock } from '../ports/clock.js';
import type { Ids } from '../ports/ids.js';
import type { Result, Written } from './result.js';

export interface Wish {
  readonly saleId: string;
  /** Left out where seats are named. */
  readonly quantity?: number;
  readonly seats?: readonly string[];
  readonly buyer: { readonly email: string; readonly name: string };
}

/** An order as it stands right after a command. */
export interface OrderStanding {
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

export type OrderResult = Result<OrderStanding, OrderRefusal | SaleRefusal>;

/** The same for one person whatever the letter case of the address; tells nothing of the address. */
const personIdOf = (email: string): string => derivedId('person', email.trim().toLowerCase());

export const orderStanding = (orderId: string, state: OrderState, revision: bigint): OrderStanding => {
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

/** What a buyer does with an order before paying. */
export class Orders {
  constructor(
    private readonly mailboxes: Mailboxes,
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {}

  /**
   * Takes places, then writes the order. Whoever is too late leaves no trace. A crash in between leaves a hold that
   * lapses by itself, or that the same command, sent again, finds.
   */
  async place(wish: Wish, context: CommandContext): Promise<OrderResult> {
    const orderId = derivedId('order', context.commandId);
    const now = this.clock.now();
    const personId = personIdOf(wish.buyer.email);
    const quantity = wish.seats?.length ?? wish.quantity ?? 0;
    const seats = wish.seats && { seats: wish.seats };
    const held = await this.mailboxes.send(
      sale,
      wish.saleId,
      { type: 'Hold', orderId, personId, quantity, ...seats, now },
      context,
      (state) => heldPlaces(state, orderId),
    );
    if (held.refusal !== undefined) return { refusal: held.refusal };
    const { terms, hold } = held.result;
    const unitPrice = terms.price;
    const total = { amountMinor: unitPrice.amountMinor * hold.quantity, currency: unitPrice.currency };
    const placed = await this.mailboxes.send(
      order,
      orderId,
      {
        type: 'Place',
        orderId,
        saleId: wish.saleId,
        saleName: terms.name,
        buyer: wish.buyer,
        personId,
        lines: [{ description: terms.name, quantity: hold.quantity, unitPrice }],
        quantity: hold.quantity,
        ...(hold.seats && { seats: hold.seats }),
        total,
        placedAt: now,
        expiresAt: hold.expiresAt,
      },
      context,
      (state) => orderStanding(orderId, state, 0n),
    );
    if (placed.refusal !== undefined) return { refusal: placed.refusal };
    // Places that lapsed before there was an order to tell of it.
    const isDoubtful = held.events.length === 0 || this.clock.now() >= hold.expiresAt;
    if (isDoubtful && (await this.#hasLapsed(wish.saleId, orderId))) {
      await this.expire(orderId, context.correlationId);
      if (placed.events.length > 0) return { refusal: { code: 'hold_lapsed' } };
    }
    return {
      value: { ...placed.result, revision: placed.revision.toString() },
      written: [
        { stream: streamOf(sale, wish.saleId), position: held.position },
        { stream: streamOf(order, orderId), position: placed.position },
      ],
    };
  }

  /** Extends the hold once more, as far as its cap lets it. */
  async extend(orderId: string, context: CommandContext): Promise<OrderResult> {
    const { result: saleId } = await this.mailboxes.read(order, orderId, saleOf);
    if (saleId === undefined) return { refusal: { code: 'order_unknown' } };
    const refusal = await this.#dry(orderId, { type: 'Extend', expiresAt: Number.MAX_SAFE_INTEGER, now: 0 });
    if (refusal !== undefined) return { refusal };
    const now = this.clock.now();
    const held = await this.mailboxes.send(sale, saleId, { type: 'Extend', orderId, now }, context, (state) =>
      heldPlaces(state, orderId),
    );
    if (held.refusal !== undefined) return { refusal: held.refusal };
    const { expiresAt } = held.result.hold;
    return this.#send(orderId, { type: 'Extend', expiresAt, now }, context, [
      { stream: streamOf(sale, saleId), position: held.position },
    ]);
  }

  /** Gives the places back before anything was paid. */
  async cancel(orderId: string, context: CommandContext): Promise<OrderResult> {
    const { result: saleId } = await this.mailboxes.read(order, orderId, saleOf);
    if (saleId === undefined) return { refusal: { code: 'order_unknown' } };
    const now = this.clock.now();
    const cancelled = await this.#send(orderId, { type: 'Cancel', now }, context, []);
    if (cancelled.refusal !== undefined) return cancelled;
    const freed = await this.mailboxes.send(sale, saleId, { type: 'Release', orderId, now }, context, () => undefined);
    if (freed.refusal !== undefined) return { refusal: freed.refusal };
    const written: Written = { stream: streamOf(sale, saleId), position: freed.position };
    return { ...cancelled, written: [...cancelled.written, written] };
  }

  /** The places' time is over: said by the sale, told to the order. Orders that are being paid stay. */
  async expire(orderId: string, correlationId: string): Promise<void> {
    const context = { commandId: this.ids.next(), correlationId };
    await this.mailboxes.send(order, orderId, { type: 'Expire', now: this.clock.now() }, context, () => undefined);
  }

  async #hasLapsed(saleId: string, orderId: string): Promise<boolean> {
    const { result } = await this.mailboxes.read(sale, saleId, (state) => holdOf(state, orderId)?.status);
    return result === 'lapsed';
  }

  async #dry(orderId: string, command: Parameters<typeof order.decide>[0]): Promise<OrderRefusal | undefined> {
    const { result } = await this.mailboxes.read(order, orderId, (state) => order.decide(command, state));
    return result.events === undefined ? result.refusal : undefined;
  }

  async #send(
    orderId: string,
    command: Parameters<typeof order.decide>[0],
    context: CommandContext,
    written: readonly Written[],
  ): Promise<OrderResult> {
    const sent = await this.mailboxes.send(order, orderId, command, context, (state) =>
      orderStanding(orderId, state, 0n),
    );
    if (sent.refusal !== undefined) return { refusal: sent.refusal };
    return {
      value: { ...sent.result, revision: sent.revision.toString() },
      written: [...written, { stream: streamOf(order, orderId), position: sent.position }],
    };
  }
}

const saleOf = (state: OrderState): string | undefined => (state.status === 'none' ? undefined : state.placed.saleId);

const heldPlaces = (state: SaleState, orderId: string) => {
  const terms = termsOf(state);
  const hold = holdOf(state, orderId);
  if (terms === undefined || hold === undefined) throw new Error(`no places are held for order ${orderId}`);
  return { terms, hold };
};
