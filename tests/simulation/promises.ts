import type { Order } from '../../src/domain/ticketing/order-state.js';
import { Client } from './client.js';
import { Standing } from './standing.js';
import type { Told, ToldOrder, ToldSale } from './told.js';
import type { World } from './world.js';

const final = ['fulfilled', 'partially_refunded', 'refunded', 'cancelled', 'expired'];
const paid = ['fulfilled', 'partially_refunded', 'refunded'];

/** Asks at the end whether what those who take part were told is so, by the events and by what the API shows. */
export class Promises {
  readonly broken: string[] = [];
  readonly #standing: Standing;
  readonly #client: Client;

  constructor(
    private readonly world: World,
    private readonly told: Told,
  ) {
    this.#standing = new Standing(world.durable.log);
    this.#client = new Client('inspector', world);
  }

  async ask(): Promise<readonly string[]> {
    const { durable } = this.world;
    for (const { group, stream, reason } of durable.parked.values()) {
      this.#check(false, `${stream} is parked for ${group}: ${reason}`);
    }
    for (const { type, stream } of durable.log.all) if (type === 'OrderPlaced') this.#untold(stream);
    for (const order of this.told.orders.values()) await this.#order(order);
    for (const sale of this.told.sales) await this.#sale(sale);
    for (const cardId of this.told.cards.keys()) await this.#card(cardId);
    for (const [ticketId] of this.told.inside) {
      const times = this.#standing.count(`ticket-${ticketId}`, 'TicketCheckedIn');
      this.#check(times === 1, `ticket ${ticketId} was let in once, and is so ${times} times`);
    }
    return this.broken;
  }

  /** The views by the fold of the events. */
  async views(): Promise<void> {
    for (const { projectors, host } of this.world.instances.slice(0, 1)) {
      for (const projector of projectors) {
        const { differences } = await projector.verify();
        for (const one of differences)
          this.#check(false, `view ${projector.group} (${host.name}): ${JSON.stringify(one)}`);
      }
    }
  }

  #check(holds: boolean, what: string): void {
    if (!holds) this.broken.push(what);
  }

  /** An order that no one was told of ends by itself. */
  #untold(stream: string): void {
    const orderId = stream.slice('order-'.length);
    if (this.told.orders.has(orderId)) return;
    const { status } = this.#standing.order(orderId);
    this.#check(status === 'expired', `order ${orderId} was never acknowledged, and is ${status}`);
  }

  async #order(told: ToldOrder): Promise<void> {
    const { orderId } = told;
    const state = this.#standing.order(orderId);
    if (state.status === 'none') return this.#check(false, `order ${orderId} was acknowledged and is lost`);
    this.#check(final.includes(state.status), `order ${orderId} never came to rest: ${state.status}`);
    if (told.isCancelled)
      this.#check(state.status === 'cancelled', `order ${orderId} was cancelled, is ${state.status}`);
    for (const { transactionId, said } of told.payments.values()) {
      const step = state.payments.get(transactionId)?.step;
      const fits = said === 'pending' || said === 'action_required' || step === { ...steps }[said];
      this.#check(fits, `payment ${transactionId} of ${orderId} was said to be ${said}, is ${step}`);
    }
    for (const [refundId, { said }] of told.refunds) {
      const step = state.refunds.get(refundId)?.step;
      this.#check(step === 'paid' || (said === 'pending' && step === 'refused'), `refund ${refundId} is ${step}`);
    }
    const sold = paid.includes(state.status) ? told.quantity : 0;
    this.#check(state.ticketIds.length === sold, `order ${orderId} has ${state.ticketIds.length} of ${sold} tickets`);
    await this.#shownOrder(orderId, state);
  }

  async #shownOrder(orderId: string, state: Order): Promise<void> {
    const params = { orderId };
    const shown = await this.#client.get('getOrder', { params });
    this.#check(shown.body.status === state.status, `order ${orderId} is ${state.status}, shown ${shown.body.status}`);
    const listed = await this.#client.get('listTickets', { params });
    const items = Array.isArray(listed.body.items) ? (listed.body.items as { ticketId: string; status: string }[]) : [];
    this.#check(items.length === state.ticketIds.length, `order ${orderId} shows ${items.length} tickets`);
    for (const { ticketId, status } of items) {
      const ticket = this.#standing.ticket(ticketId);
      this.#check(ticket.status === status, `ticket ${ticketId} is ${ticket.status}, shown ${status}`);
    }
  }

  async #sale({ saleId }: ToldSale): Promise<void> {
    const { body } = await this.#client.get('getSale', { params: { saleId } });
    let sold = 0;
    for (const order of this.told.orders.values()) {
      if (order.saleId !== saleId) continue;
      const state = this.#standing.order(order.orderId);
      if (state.status === 'none' || !paid.includes(state.status)) continue;
      sold += state.ticketIds.filter((ticketId) => !this.told.returned.has(ticketId)).length;
    }
    this.#check(body.sold === sold, `sale ${saleId} sold ${sold} by its buyers, shows ${body.sold}`);
    this.#check(body.held === 0, `sale ${saleId} still holds ${body.held} places`);
  }

  async #card(cardId: string): Promise<void> {
    let owedMinor = 0;
    for (const order of this.told.orders.values()) {
      const state = this.#standing.order(order.orderId);
      if (state.status === 'none') continue;
      for (const { transactionId, card, step } of state.payments.values()) {
        if (step !== 'captured' || card?.cardId !== cardId) continue;
        if (!order.payments.has(transactionId)) this.#check(false, `payment ${transactionId} is no one's`);
        owedMinor += order.totalMinor;
        for (const { amount, step: refund } of state.refunds.values()) {
          if (refund === 'paid') owedMinor -= amount.amountMinor;
        }
      }
    }
    const { body } = await this.#client.get('getStatement', { params: { cardId } });
    const { amountMinor } = body.closingBalance as { readonly amountMinor: number };
    this.#check(
      amountMinor === -owedMinor,
      `card ${cardId} owes ${owedMinor} for its orders, its statement ${amountMinor}`,
    );
    const account = this.#standing.card(cardId);
    const open = account.status === 'none' ? -1 : account.reservations.size;
    this.#check(open === 0, `card ${cardId} has ${open} open reservations`);
  }
}

const steps = { paid: 'captured', declined: 'declined', reversed: 'reversed' } as const;
