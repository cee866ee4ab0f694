import type { Chance } from './chance.js';
import { Client, type Reply } from './client.js';
import type { Told, ToldOrder, ToldPayment } from './told.js';
import type { World } from './world.js';

interface Tokenised {
  readonly cardId: string;
  readonly token: string;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const testCards = ['4242424242424242', '4000000000000002', '4000002500003155', '4000002500003155'];

/** Someone who buys tickets, changes their mind, pays twice, uses their tickets, and wants their money back. */
export class Buyer {
  readonly #client: Client;
  /** As they are typed. */
  readonly #cards: object[] = [];
  #lastToken: Tokenised | undefined;

  constructor(
    readonly name: string,
    private readonly world: World,
    private readonly told: Told,
  ) {
    this.#client = new Client(name, world);
  }

  async live(): Promise<void> {
    const { chance } = this.world;
    await this.#takeCard();
    for (let visits = chance.between(1, 4); visits > 0; visits--) {
      await this.#client.pause(0, 60_000);
      const order = await this.#order();
      if (order !== undefined) await this.#decide(order);
    }
  }

  async #takeCard(): Promise<void> {
    const { chance } = this.world;
    const typed = chance.happens(0.75) ? await this.#ownCard() : this.#testCard();
    this.#cards.push(typed);
  }

  /** Of one of the cards; now and then again the one that was used last. */
  async #tokenise(): Promise<Tokenised> {
    const { chance } = this.world;
    if (this.#lastToken !== undefined && chance.happens(0.1)) return this.#lastToken;
    const tokenised = await this.#client.get('tokeniseCard', { body: chance.one(this.#cards) });
    if (tokenised.status !== 201) throw new Error(`the card was refused: ${JSON.stringify(tokenised.body)}`);
    this.#lastToken = { cardId: text(tokenised.body.cardId), token: text(tokenised.body.token) };
    return this.#lastToken;
  }

  async #ownCard(): Promise<object> {
    const limitMinor = this.world.chance.one([3_000, 20_000, 100_000]);
    const body = { holder: this.name, limit: { amountMinor: limitMinor, currency: 'EUR' } };
    const { body: card } = await this.#client.post('issueCard', { body });
    this.told.cards.add(text(card.cardId));
    const { number, expiryMonth, expiryYear, securityCode } = card;
    return { number, expiryMonth, expiryYear, securityCode };
  }

  #testCard(): object {
    return { number: this.world.chance.one(testCards), expiryMonth: 12, expiryYear: 2030, securityCode: '123' };
  }

  async #order(): Promise<ToldOrder | undefined> {
    const { chance } = this.world;
    if (this.told.sales.length === 0) return undefined;
    const { saleId, seats } = chance.one(this.told.sales);
    const buyer = { email: `${this.name}@example.com`, name: this.name };
    const quantity = chance.between(1, 3);
    const body = {
      saleId,
      buyer,
      ...(seats === undefined ? { quantity } : { seats: someOf(chance, seats, quantity) }),
    };
    const key = this.#client.newKey();
    const reply = await this.#client.post('placeOrder', { body }, key);
    if (reply.status !== 201) return undefined;
    const { orderId, total } = reply.body;
    const { amountMinor } = total as { readonly amountMinor: number };
    if (reply.body.quantity !== quantity) this.told.complaints.push(`${text(orderId)} hasn't ${quantity} places`);
    const order: ToldOrder = {
      orderId: text(orderId),
      saleId,
      quantity,
      totalMinor: amountMinor,
      status: text(reply.body.status),
      payments: new Map(),
      isCancelled: false,
      refunds: new Map(),
    };
    this.told.orders.set(order.orderId, order);
    await this.#readBack(order, reply);
    if (chance.happens(0.3)) await this.#repeat('placeOrder', { body }, key, reply, 'orderId');
    return order;
  }

  /** Who wrote sees it. */
  async #readBack({ orderId }: ToldOrder, { token }: Reply): Promise<void> {
    const read = await this.#client.get('getOrder', { params: { orderId }, token });
    if (read.status !== 200) this.told.complaints.push(`order ${orderId} was acknowledged, then ${read.status}`);
  }

  async #repeat(operationId: string, call: object, key: string, first: Reply, field: string): Promise<void> {
    const second = await this.#client.post(operationId, call, key);
    // What was not known yet may be known by now, declined or given back with the places: such an answer names no payment.
    if (first.status === 202 && (second.status === 402 || second.status === 410)) return;
    const isOther = second.status !== first.status && first.status !== 202;
    if (isOther || second.body[field] !== first.body[field]) {
      const told = `${first.status} ${String(first.body[field])}, then ${second.status} ${String(second.body[field])}`;
      this.told.complaints.push(`${operationId} said ${told} to one key`);
    }
  }

  async #decide(order: ToldOrder): Promise<void> {
    const { chance } = this.world;
    await this.#client.pause(0, chance.one([5_000, 30_000, 120_000]));
    const params = { orderId: order.orderId };
    if (chance.happens(0.1)) return;
    if (chance.happens(0.2)) await this.#client.post('extendOrder', { params });
    if (chance.happens(0.15)) {
      const { status } = await this.#client.post('cancelOrder', { params });
      if (status === 200) order.isCancelled = true;
      if (chance.happens(0.7)) return;
    }
    const isFree = order.totalMinor === 0;
    if (isFree && chance.happens(0.2)) await this.#pay(order);
    const hasTickets = isFree ? order.status === 'fulfilled' : await this.#payAll(order);
    if (hasTickets) await this.#use(order);
  }

  /** @returns whether it was paid, as far as the buyer knows */
  async #payAll(order: ToldOrder): Promise<boolean> {
    const { chance } = this.world;
    for (let attempts = chance.between(1, 3); attempts > 0; attempts--) {
      if (chance.happens(0.2)) await this.#takeCard();
      const paying = [this.#pay(order)];
      // Two clicks, or a second tab with another key.
      if (chance.happens(0.15)) paying.push(this.#pay(order));
      const said = await Promise.all(paying);
      if (said.includes('paid')) return true;
      if (!said.every((one) => one === 'declined' || one === 'reversed')) break;
      await this.#client.pause(0, 5_000);
    }
    return this.#look(order);
  }

  async #pay(order: ToldOrder): Promise<ToldPayment['said'] | undefined> {
    const { cardId, token } = await this.#tokenise();
    const params = { orderId: order.orderId };
    const key = this.#client.newKey();
    const call = { params, body: { cardToken: token } };
    const reply = await this.#client.post('payOrder', call, key);
    const said = saidBy(reply);
    if (said === undefined) return undefined;
    const transactionId = text(reply.body.paymentId);
    if (transactionId !== '') order.payments.set(transactionId, { transactionId, cardId, said });
    if (said === 'action_required') await this.#confirm(transactionId);
    if (this.world.chance.happens(0.2)) await this.#repeat('payOrder', call, key, reply, 'paymentId');
    return said;
  }

  async #confirm(transactionId: string): Promise<void> {
    const { chance } = this.world;
    if (chance.happens(0.2)) return;
    await this.#client.pause(0, chance.one([1_000, 60_000, 1_000_000]));
    const body = { outcome: chance.happens(0.8) ? 'approve' : 'reject' };
    await this.#client.post('confirmTransaction', { params: { transactionId }, body });
  }

  /** Looks at the order now and then until it is clear what became of it. */
  async #look({ orderId }: ToldOrder): Promise<boolean> {
    for (let looks = 0; looks < 6; looks++) {
      await this.#client.pause(1_000, 60_000);
      const { body } = await this.#client.get('getOrder', { params: { orderId } });
      if (body.status === 'fulfilled') return true;
      if (body.status === 'expired' || body.status === 'cancelled') return false;
    }
    return false;
  }

  async #use(order: ToldOrder): Promise<void> {
    const { chance } = this.world;
    await this.#client.pause(0, 20_000);
    const { orderId } = order;
    const listed = await this.#client.get('listTickets', { params: { orderId } });
    const items = Array.isArray(listed.body.items) ? listed.body.items : [];
    for (const { ticketId, secret } of items as { readonly ticketId: string; readonly secret: string }[]) {
      if (chance.happens(0.2)) {
        const body = { to: { email: `friend-of-${this.name}@example.com`, name: 'Friend' } };
        await this.#client.post('transferTicket', { params: { ticketId }, body });
      }
      if (chance.happens(0.3)) {
        const scan = { gateId: `gate-of-${this.name}`, saleIds: [order.saleId] };
        const body = { ...scan, nonce: this.#client.newKey(), secret };
        const { status } = await this.#client.post('checkIn', { params: { ticketId }, body });
        if (status === 201) this.told.inside.add(ticketId);
      }
    }
    if (chance.happens(0.4)) {
      const ticketIds = items.map((item: { readonly ticketId: string }) => item.ticketId);
      await this.#refund(order, ticketIds);
    }
  }

  async #refund(order: ToldOrder, ticketIds: readonly string[]): Promise<void> {
    const { chance } = this.world;
    const { orderId, saleId } = order;
    const some = ticketIds.slice(0, chance.between(1, 3));
    const body = chance.one<object>([{}, { ticketIds: some }, { amountMinor: chance.between(1, 500) }]);
    const reply = await this.#client.post('refundOrder', { params: { orderId }, body });
    if (reply.status !== 201 && reply.status !== 202) return;
    const refundId = text(reply.body.refundId);
    const { amountMinor } = reply.body.amount as { readonly amountMinor: number };
    const given = Array.isArray(reply.body.ticketIds) ? (reply.body.ticketIds as string[]) : [];
    const said = reply.status === 201 ? 'paid' : 'pending';
    order.refunds.set(refundId, { amountMinor, tickets: given.length, said });
    if (reply.status === 201 && given.length > 0 && chance.happens(0.6)) {
      const organiser = new Client('organiser', this.world);
      const returned = await organiser.post('returnToSale', {
        params: { saleId },
        body: { orderId, ticketIds: given },
      });
      if (returned.status === 200) for (const ticketId of given) this.told.returned.add(ticketId);
    }
  }
}

const someOf = (chance: Chance, all: readonly string[], count: number): readonly string[] => {
  const first = chance.between(0, all.length - count);
  return all.slice(first, first + count);
};

const saidBy = ({ status, body }: Reply): ToldPayment['said'] | undefined => {
  if (status === 201) return 'paid';
  if (status === 202) return body.status === 'action_required' ? 'action_required' : 'pending';
  if (status === 402) return 'declined';
  return status === 410 ? 'reversed' : undefined;
};
