import { randomUUID } from 'node:crypto';
import type { ApiClient, Reply, Schemas } from '../../src/infrastructure/http/client/api-client.js';
import { until } from './until.js';

export const terms = {
  name: 'The Last Night',
  venue: 'Old Harbour Hall',
  startsAt: '2030-05-04T19:30:00Z',
  price: { amountMinor: 4_500, currency: 'EUR' },
  perPersonLimit: 10,
  holdSeconds: 600,
};

export interface Card extends Readonly<Omit<Schemas['CardToken'], 'expiresAt'>> {
  /** As its holder types it. */
  readonly typed: Schemas['CardDataBody'];
  readonly limitMinor: number;
}

/** A card pays with a token of its own each time; a token pays once. */
type Payer = Card | string;

/** Headers of a read that must see a write. */
type Token = Reply<unknown>['token'];

export interface Paid {
  readonly order: Schemas['Order'];
  readonly tickets: readonly Schemas['Ticket'][];
  readonly token: Token;
}

/** What organisers, buyers and card holders do, in as many requests as they need for it. */
export class Shop {
  constructor(readonly api: ApiClient) {}

  /** Announces a sale and opens it; general admission unless seats are named. */
  async openSale(own: Partial<Schemas['SaleTermsBody']> = {}): Promise<string> {
    const places = 'seats' in own ? {} : { capacity: 10 };
    const { saleId } = (await this.api.post('/v1/sales', { body: { ...terms, ...places, ...own } })).body;
    return (await this.api.post('/v1/sales/{saleId}/open', { params: { saleId } })).body.saleId;
  }

  async issueCard(limitMinor = 1_000_000, holder = 'Ana Lima'): Promise<Card> {
    const limit = { amountMinor: limitMinor, currency: 'EUR' };
    const issued = await this.api.post('/bank/v1/cards', { body: { holder, limit } });
    const { number, expiryMonth, expiryYear, securityCode } = issued.body;
    const typed = { number, expiryMonth, expiryYear, securityCode };
    return { ...(await this.tokenOf({ typed })).body, typed, limitMinor };
  }

  /** The token of a card as its holder types it: a test card's number is enough. */
  tokenise(number: string, typed: Partial<Schemas['CardDataBody']> = {}): Promise<Reply<Schemas['CardToken']>> {
    const isAmex = number.startsWith('37');
    const card = { number, expiryMonth: 12, expiryYear: 2035, securityCode: isAmex ? '1234' : '123', ...typed };
    return this.api.post('/bank/v1/tokens', { body: card });
  }

  /** One more token of a card. */
  tokenOf({ typed }: Pick<Card, 'typed'>): Promise<Reply<Schemas['CardToken']>> {
    return this.api.post('/bank/v1/tokens', { body: typed });
  }

  async testCard(number: string): Promise<string> {
    return (await this.tokenise(number)).body.token;
  }

  order(
    saleId: string,
    own: Partial<Schemas['OrderBody']> = {},
    key?: string,
  ): Promise<Reply<Schemas['OrderSummary']>> {
    const places = 'seats' in own ? {} : { quantity: 1 };
    const buyer = { email: `${randomUUID()}@example.com`, name: 'Ana Lima' };
    const body = { saleId, ...places, buyer, ...own };
    return this.api.post('/v1/orders', { body, ...(key !== undefined && { key }) });
  }

  /** With a key, the token has to be the same in each repeat. */
  async pay(orderId: string, by: Payer, key?: string): Promise<Reply<Schemas['Payment']>> {
    const body = { cardToken: typeof by === 'string' ? by : (await this.tokenOf(by)).body.token };
    return this.api.post('/v1/orders/{orderId}/payments', {
      params: { orderId },
      body,
      ...(key !== undefined && { key }),
    });
  }

  /** An order paid to its end. */
  async buy(saleId: string, by: Payer, own: Partial<Schemas['OrderBody']> = {}): Promise<Paid> {
    const { orderId } = (await this.order(saleId, own)).body;
    const paid = await this.pay(orderId, by);
    if (paid.status !== 201) throw new Error(`the payment was answered ${paid.status}: ${paid.text}`);
    const { token } = paid;
    return { order: await this.orderOf(orderId, token), tickets: await this.ticketsOf(orderId, token), token };
  }

  async orderOf(orderId: string, headers: Token = {}): Promise<Schemas['Order']> {
    return (await this.api.get('/v1/orders/{orderId}', { params: { orderId }, headers })).body;
  }

  async saleOf(saleId: string, headers: Token = {}): Promise<Schemas['SaleWithSeats']> {
    return (await this.api.get('/v1/sales/{saleId}', { params: { saleId }, headers })).body;
  }

  async statementOf(cardId: string, headers: Token = {}): Promise<Schemas['Statement']> {
    const request = { params: { cardId }, query: { limit: 100 }, headers };
    return (await this.api.get('/v1/cards/{cardId}/statement', request)).body;
  }

  async ticketsOf(orderId: string, headers: Token = {}): Promise<readonly Schemas['Ticket'][]> {
    return (await this.api.get('/v1/orders/{orderId}/tickets', { params: { orderId }, headers })).body.items;
  }

  /** Polls until the order stands so. @throws Error that tells how it stood instead */
  async orderBecomes(orderId: string, status: string, limitMs?: number): Promise<void> {
    let seen = '';
    const stands = async (): Promise<boolean> => {
      const reply = await this.api.get('/v1/orders/{orderId}', { params: { orderId } });
      seen = reply.status === 200 ? reply.body.status : `answered ${reply.status}`;
      return seen === status;
    };
    await until(`order ${orderId} is ${status}`, stands, limitMs).catch((cause: unknown) => {
      throw new Error(`order ${orderId} is ${seen}, not ${status}`, { cause });
    });
  }
}
