import { randomUUID } from 'node:crypto';
import { ApiClient, type Reply, type Schemas } from '../../src/infrastructure/http/client/api-client.js';
import { DocumentedApi, type Operation } from './documented-api.js';
import { until } from './until.js';

/** One request that was a good one, with its answer. */
export interface Step {
  readonly operation: Operation;
  readonly params: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly key: string;
  readonly query: string;
  readonly reply: Reply<unknown>;
}

interface Asked {
  readonly params?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The address of a route with its parameters filled in. */
export const addressOf = ({ path }: Operation, params: Readonly<Record<string, string>>): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));

const saleTerms = {
  name: 'The Last Night',
  venue: 'Old Harbour Hall',
  startsAt: '2030-05-04T19:30:00Z',
  capacity: 10,
  price: { amountMinor: 4_500, currency: 'EUR' },
  perPersonLimit: 10,
  holdSeconds: 600,
};
const buyer = { email: 'ana@example.com', name: 'Ana Lima' };

/** A purchase and all that may come after it, told so that every documented route has its part. */
export class RouteWalk {
  readonly steps: Step[] = [];

  private constructor(
    readonly api: ApiClient,
    readonly documented: DocumentedApi,
  ) {}

  static async over(url: string): Promise<RouteWalk> {
    const api = new ApiClient(url);
    const walk = new RouteWalk(api, await DocumentedApi.read(api));
    await walk.#purchase();
    return walk;
  }

  /** The good request of a route. @throws Error for a route that has no part in the story yet */
  goodRequest({ operationId, path }: Operation): Step {
    const found = this.steps.find(({ operation }) => operation.operationId === operationId);
    if (found === undefined) throw new Error(`${path} has no part in the walk: give ${operationId} one`);
    return found;
  }

  async #do<Body>(
    operationId: string,
    { params = {}, body, query = '', headers = {} }: Asked = {},
  ): Promise<Reply<Body>> {
    const operation = this.documented.operation(operationId);
    const key = randomUUID();
    const sending = { key, headers, ...(body !== undefined && { body }) };
    const reply = await this.api.send<Body>(operation.method, addressOf(operation, params) + query, sending);
    if (reply.status >= 400) throw new Error(`${operationId} answered ${reply.status}: ${reply.text}`);
    this.steps.push({ operation, params, key, query, reply, ...(body !== undefined && { body }) });
    return reply;
  }

  async #purchase(): Promise<void> {
    const saleId = await this.#sale();
    const { card, cardToken } = await this.#card();
    const wish = { saleId, quantity: 3, buyer };
    const { orderId } = (await this.#do<Schemas['OrderSummary']>('placeOrder', { body: wish })).body;
    const order = { params: { orderId } };
    await this.#do('extendOrder', order);
    const paid = await this.#do<Schemas['Payment']>('payOrder', { ...order, body: { cardToken } });
    const seen = { ...order, headers: paid.token };
    await this.#do('getOrder', seen);
    const { items } = (await this.#do<Schemas['TicketList']>('listTickets', seen)).body;
    await this.#tickets(saleId, orderId, items);
    await this.#statement(card.cardId);
    const other = (await this.#do<Schemas['OrderSummary']>('placeOrder', { body: { ...wish, quantity: 1 } })).body;
    await this.#do('cancelOrder', { params: { orderId: other.orderId } });
    await this.#confirmed(saleId);
    await this.#do('closeSale', { params: { saleId } });
    await this.#do('openSale', { params: { saleId: await this.#sale() } });
    await this.#do('getOpenApi');
  }

  async #sale(): Promise<string> {
    const { saleId } = (await this.#do<Schemas['SaleSummary']>('announceSale', { body: saleTerms })).body;
    const sale = { params: { saleId } };
    await this.#do('openSale', sale);
    await this.#do('pauseSale', sale);
    await this.#do('openSale', sale);
    const { token } = await this.#do('changeCapacity', { ...sale, body: { capacity: 12 } });
    await this.#do('getSale', { ...sale, headers: token });
    await this.#do('listSales', { query: '?limit=5&status=open', headers: token });
    return saleId;
  }

  async #card(): Promise<{ readonly card: Schemas['IssuedCard']; readonly cardToken: string }> {
    const body = { holder: 'Ana Lima', limit: { amountMinor: 100_000, currency: 'EUR' } };
    const card = (await this.#do<Schemas['IssuedCard']>('issueCard', { body })).body;
    const { number, expiryMonth, expiryYear, securityCode } = card;
    const typed = { number, expiryMonth, expiryYear, securityCode };
    return { card, cardToken: (await this.#do<Schemas['CardToken']>('tokeniseCard', { body: typed })).body.token };
  }

  async #tickets(saleId: string, orderId: string, tickets: readonly Schemas['Ticket'][]): Promise<void> {
    const [scanned, passed, refunded] = tickets;
    if (scanned === undefined || passed === undefined || refunded === undefined) throw new Error('tickets are missing');
    const gate = { gateId: 'gate-3', saleIds: [saleId] };
    const scan = { ...gate, nonce: '000118', secret: scanned.secret, direction: 'in' };
    await this.#do('checkIn', { params: { ticketId: scanned.ticketId }, body: scan });
    await this.#do('transferTicket', {
      params: { ticketId: passed.ticketId },
      body: { to: { email: 'cleo@example.com', name: 'Cleo Reis' } },
    });
    const ticketIds = [refunded.ticketId];
    await this.#do('refundOrder', { params: { orderId }, body: { ticketIds } });
    await this.#do('returnToSale', { params: { saleId }, body: { orderId, ticketIds } });
  }

  async #statement(cardId: string): Promise<void> {
    const params = { cardId };
    const seen = async (): Promise<boolean> =>
      (await this.api.get('/v1/cards/{cardId}/statement', { params })).status === 200;
    await until('the card has a statement', seen);
    await this.#do('getStatement', { params, query: '?limit=1' });
    await this.#do('exportStatementCsv', { params });
    await this.#do('exportStatementOfx', { params });
  }

  /** A payment whose holder doesn't confirm it. */
  async #givenUp(saleId: string, cardToken: string): Promise<void> {
    const placed = await this.#do<Schemas['OrderSummary']>('placeOrder', { body: { saleId, quantity: 1, buyer } });
    const { orderId } = placed.body;
    const asked = await this.api.post('/v1/orders/{orderId}/payments', { params: { orderId }, body: { cardToken } });
    await this.#do('cancelPayment', { params: { orderId, paymentId: asked.body.paymentId } });
    await this.#do('cancelOrder', { params: { orderId } });
  }

  /** A payment that its holder has to confirm. */
  async #confirmed(saleId: string): Promise<void> {
    const typed = { number: '4000002500003155', expiryMonth: 12, expiryYear: 2035, securityCode: '123' };
    const { token } = (await this.#do<Schemas['CardToken']>('tokeniseCard', { body: typed })).body;
    const { orderId } = (
      await this.#do<Schemas['OrderSummary']>('placeOrder', { body: { saleId, quantity: 1, buyer } })
    ).body;
    const asked = await this.#do<Schemas['Payment']>('payOrder', { params: { orderId }, body: { cardToken: token } });
    const { paymentId } = asked.body;
    await this.#givenUp(saleId, token);
    await this.#do('confirmTransaction', { params: { transactionId: paymentId }, body: { outcome: 'approve' } });
  }
}
