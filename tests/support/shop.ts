import { randomUUID } from 'node:crypto';
import {
  Api,
  type IssuedCardBody,
  type OrderBody,
  type PaymentBody,
  type Reply,
  type SaleBody,
  type StatementBody,
  type TicketBody,
  type TokenBody,
} from './api.js';
import { until } from './until.js';

const terms = {
  name: 'The Last Night',
  venue: 'Old Harbour Hall',
  startsAt: '2030-05-04T19:30:00Z',
  price: { amountMinor: 4_500, currency: 'EUR' },
  perPersonLimit: 10,
  holdSeconds: 600,
};

export interface Card extends TokenBody {
  readonly limitMinor: number;
}

export interface Paid {
  readonly order: OrderBody;
  readonly tickets: readonly TicketBody[];
  readonly token: Readonly<Record<string, string>>;
}

/** What organisers, buyers and card holders do, in as many requests as they need for it. */
export class Shop {
  constructor(readonly api: Api) {}

  /** Announces a sale and opens it; general admission unless seats are named. */
  async openSale(own: object = {}): Promise<string> {
    const places = 'seats' in own ? {} : { capacity: 10 };
    const { saleId } = await this.api.done(this.api.post<SaleBody>('/v1/sales', { ...terms, ...places, ...own }));
    await this.api.done(this.api.post(`/v1/sales/${saleId}/open`));
    return saleId;
  }

  async issueCard(limitMinor = 1_000_000, holder = 'Ana Lima'): Promise<Card> {
    const limit = { amountMinor: limitMinor, currency: 'EUR' };
    const issued = await this.api.done(this.api.post<IssuedCardBody>('/bank/v1/cards', { holder, limit }));
    const { number, expiryMonth, expiryYear, securityCode } = issued;
    const typed = { number, expiryMonth, expiryYear, securityCode };
    return { ...(await this.api.done(this.api.post<TokenBody>('/bank/v1/tokens', typed))), limitMinor };
  }

  /** The token of a card as its holder types it: a test card's number is enough. */
  tokenise(number: string, typed: object = {}): Promise<Reply<TokenBody>> {
    const isAmex = number.startsWith('37');
    const card = { number, expiryMonth: 12, expiryYear: 2035, securityCode: isAmex ? '1234' : '123', ...typed };
    return this.api.post<TokenBody>('/bank/v1/tokens', card);
  }

  async testCard(number: string): Promise<string> {
    return (await this.api.done(this.tokenise(number))).token;
  }

  order(saleId: string, own: object = {}, key?: string): Promise<Reply<OrderBody>> {
    const places = 'seats' in own ? {} : { quantity: 1 };
    const buyer = { email: `${randomUUID()}@example.com`, name: 'Ana Lima' };
    return this.api.post<OrderBody>('/v1/orders', { saleId, ...places, buyer, ...own }, key);
  }

  pay(orderId: string, cardToken: string, key?: string): Promise<Reply<PaymentBody>> {
    return this.api.post<PaymentBody>(`/v1/orders/${orderId}/payments`, { cardToken }, key);
  }

  /** An order paid to its end. */
  async buy(saleId: string, cardToken: string, own: object = {}): Promise<Paid> {
    const { orderId } = await this.api.done(this.order(saleId, own));
    const paid = await this.pay(orderId, cardToken);
    if (paid.status !== 201) throw new Error(`the payment was answered ${paid.status}: ${paid.text}`);
    const { token } = paid;
    return { order: await this.orderOf(orderId, token), tickets: await this.ticketsOf(orderId, token), token };
  }

  orderOf(orderId: string, token: Readonly<Record<string, string>> = {}): Promise<OrderBody> {
    return this.api.done(this.api.get<OrderBody>(`/v1/orders/${orderId}`, token));
  }

  saleOf(saleId: string, token: Readonly<Record<string, string>> = {}): Promise<SaleBody> {
    return this.api.done(this.api.get<SaleBody>(`/v1/sales/${saleId}`, token));
  }

  statementOf(cardId: string, token: Readonly<Record<string, string>> = {}): Promise<StatementBody> {
    return this.api.done(this.api.get<StatementBody>(`/v1/cards/${cardId}/statement?limit=100`, token));
  }

  async ticketsOf(orderId: string, token: Readonly<Record<string, string>> = {}): Promise<readonly TicketBody[]> {
    const path = `/v1/orders/${orderId}/tickets`;
    return (await this.api.done(this.api.get<{ items: readonly TicketBody[] }>(path, token))).items;
  }

  /** Polls until the order stands so. @throws Error that tells how it stood instead */
  async orderBecomes(orderId: string, status: string, limitMs?: number): Promise<void> {
    let seen = '';
    const stands = async (): Promise<boolean> => {
      const reply = await this.api.get<OrderBody>(`/v1/orders/${orderId}`);
      seen = reply.status === 200 ? reply.body.status : `answered ${reply.status}`;
      return seen === status;
    };
    await until(`order ${orderId} is ${status}`, stands, limitMs).catch((cause: unknown) => {
      throw new Error(`order ${orderId} is ${seen}, not ${status}`, { cause });
    });
  }
}
