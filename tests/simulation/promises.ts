import { statementViolations } from '../../src/application/banking/statement-violations.js';
import type { InvariantModel } from '../../src/application/invariants/invariant-model.js';
import { paidBy, refundedMinor } from '../../src/application/invariants/order-model.js';
import { type Expectation, type ExpectedOrder, outcomeViolations } from '../support/outcomes.js';
import { Client } from './client.js';
import type { Told, ToldOrder } from './told.js';
import type { World } from './world.js';

const ended = ['fulfilled', 'partially_refunded', 'refunded', 'cancelled', 'expired'];
/** A lease that is shorter ends while its request runs. */
const shortestRequestMs = 1_000;
const steps = { paid: 'captured', declined: 'declined', reversed: 'reversed' } as const;

/** Asks at the end whether all holds that must, and whether things are as those who take part were told. */
export class Promises {
  readonly #broken: string[] = [];
  readonly #model: InvariantModel;

  constructor(
    private readonly world: World,
    private readonly told: Told,
  ) {
    this.#model = world.model;
  }

  async broken(): Promise<readonly string[]> {
    const { durable } = this.world;
    const model = this.#model;
    await this.#views();
    const found = [
      ...model.violations({ isQuiescent: true }),
      ...(await statementViolations(model.bank, durable.views)),
      ...(await outcomeViolations(this.#expectations(), model, durable.views)),
    ];
    for (const { invariant, subject, detail } of found) this.#check(false, `${invariant}: ${subject}: ${detail}`);
    for (const { group, stream, reason } of durable.parked.values()) {
      this.#check(false, `${stream} is parked for ${group}: ${reason}`);
    }
    for (const order of this.told.orders.values()) await this.#order(order);
    for (const ticketId of this.told.inside) {
      const times = durable.log.of(`ticket-${ticketId}`).filter(({ type }) => type === 'TicketCheckedIn').length;
      this.#check(times === 1, `ticket ${ticketId} was let in once, and is so ${times} times`);
    }
    return this.#broken;
  }

  #check(holds: boolean, what: string): void {
    if (!holds) this.#broken.push(what);
  }

  /** Every document by the fold of the events. */
  async #views(): Promise<void> {
    for (const projector of this.world.instances[0]?.projectors ?? []) {
      const { differences } = await projector.verify();
      for (const one of differences) this.#check(false, `view ${projector.group}: ${JSON.stringify(one)}`);
    }
  }

  *#expectations(): Generator<Expectation> {
    const sold = new Map<string, number>();
    const owedMinor = new Map<string, number>();
    for (const order of this.told.orders.values()) {
      yield expectedOf(order);
      const { orderId, saleId, quantity, totalMinor } = order;
      const entry = this.#model.orders.orders.get(orderId);
      const payment = entry === undefined ? undefined : paidBy(entry);
      const isFree = totalMinor === 0 && entry?.status === 'fulfilled';
      if (entry === undefined || (payment === undefined && !isFree)) continue;
      const places = this.#model.sales.places.get(orderId);
      const returned = [...(places?.returned ?? [])].filter((ticketId) => this.told.returned.has(ticketId)).length;
      sold.set(saleId, (sold.get(saleId) ?? 0) + quantity - returned);
      if (payment === undefined) continue;
      const cardId = order.payments.get(payment)?.cardId ?? this.#untold(payment);
      owedMinor.set(cardId, (owedMinor.get(cardId) ?? 0) + totalMinor - refundedMinor(entry, 'paid'));
    }
    for (const [orderId, { saleId, quantity, totalMinor, status }] of this.#model.orders.orders) {
      // No one was told of it: it ends by itself.
      if (this.told.orders.has(orderId)) continue;
      const isSold = totalMinor === 0 && status === 'fulfilled';
      if (isSold) sold.set(saleId, (sold.get(saleId) ?? 0) + quantity);
      yield { orderId, status: [isSold ? 'fulfilled' : 'expired'], tickets: isSold ? quantity : 0, chargedMinor: 0 };
    }
    for (const { saleId } of this.told.sales) yield { saleId, held: 0, sold: sold.get(saleId) ?? 0 };
    for (const cardId of this.told.cards)
      yield { cardId, reservedMinor: 0, balanceMinor: -(owedMinor.get(cardId) ?? 0) };
  }

  /**
   * The card of a payment that its buyer was never told of. Where the lease on a key is shorter than a request, two processes
   * run one request at once: the buyer may be told of the one that was refused while the other pays.
   */
  #untold(transactionId: string): string {
    const areLeasesShort = this.world.durable.leaseMs < shortestRequestMs;
    const cardId = areLeasesShort ? this.#model.bank.transactions.get(transactionId)?.cardId : undefined;
    return cardId ?? 'of no one';
  }

  async #order({ orderId, payments, refunds }: ToldOrder): Promise<void> {
    const entry = this.#model.orders.orders.get(orderId);
    for (const { transactionId, said } of payments.values()) {
      const step = entry?.payments.get(transactionId);
      const isOpen = said === 'pending' || said === 'action_required';
      const fits = isOpen || step === steps[said];
      this.#check(fits, `payment ${transactionId} of ${orderId} was said to be ${said}, is ${step}`);
    }
    for (const [refundId, { said }] of refunds) {
      const step = entry?.refunds.get(refundId)?.step;
      const fits = step === 'paid' || (said === 'pending' && step === 'refused');
      this.#check(fits, `refund ${refundId} of ${orderId} was said to be ${said}, is ${step}`);
    }
    const shown = await new Client('inspector', this.world).get('getOrder', { params: { orderId } });
    const status = String(shown.body.status);
    this.#check(ended.includes(status), `order ${orderId} never came to rest: ${status}`);
  }
}

/** What must have come of an order by what its buyer was told. */
const expectedOf = (order: ToldOrder): ExpectedOrder => {
  const { orderId, quantity, totalMinor, payments, refunds, isCancelled } = order;
  const isFree = totalMinor === 0;
  const said = [...payments.values()].map((payment) => payment.said);
  if (isCancelled) return { orderId, status: ['cancelled'], tickets: 0, chargedMinor: 0 };
  const hasTickets = isFree ? order.status === 'fulfilled' : said.includes('paid');
  if (!hasTickets) {
    if (said.includes('pending') || said.includes('action_required')) return { orderId, status: ended };
    return { orderId, status: ['expired', 'cancelled'], tickets: 0, chargedMinor: 0 };
  }
  const given = [...refunds.values()];
  if (given.some((refund) => refund.said === 'pending'))
    return { orderId, status: ended.slice(0, 3), tickets: quantity };
  const backMinor = given.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  const ticketsBack = given.reduce((sum, { tickets }) => sum + tickets, 0);
  const isAll = isFree ? ticketsBack === quantity : backMinor === totalMinor;
  const refunded = isAll ? 'refunded' : 'partially_refunded';
  const status = [given.length === 0 ? 'fulfilled' : refunded];
  return { orderId, status, tickets: quantity, chargedMinor: totalMinor - backMinor };
};
