import { randomUUID } from 'node:crypto';

export interface Problem {
  readonly type: string;
  readonly status: number;
  readonly code: string;
  readonly traceId: string;
  readonly errors?: readonly { readonly field: string; readonly in: string; readonly code: string }[];
  readonly declineCode?: string;
  readonly mayRetry?: boolean;
  readonly orderStatus?: string;
  /** How the sale or order stood that refused. */
  readonly standing?: string;
}

export interface Money {
  readonly amountMinor: number;
  readonly currency: string;
}

export interface SaleBody {
  readonly saleId: string;
  readonly status: string;
  readonly capacity: number;
  readonly free: number;
  readonly held: number;
  readonly sold: number;
  readonly revision: string;
  readonly seats?: readonly { readonly seat: string; readonly status: string }[];
}

export interface OrderBody {
  readonly orderId: string;
  readonly saleId: string;
  readonly status: string;
  readonly quantity: number;
  readonly expiresAt: string;
  readonly total: Money;
  readonly revision: string;
  readonly payments: readonly { readonly transactionId: string; readonly status: string; readonly code?: string }[];
  readonly refunds: readonly { readonly refundId: string; readonly status: string }[];
  readonly ticketIds: readonly string[];
}

export interface PaymentBody {
  readonly paymentId: string;
  readonly orderId: string;
  readonly status: 'paid' | 'pending' | 'action_required';
  readonly orderStatus: string;
  readonly actionUrl?: string;
}

export interface TicketBody {
  readonly ticketId: string;
  readonly status: string;
  readonly secret: string;
  readonly generation: number;
  readonly seat?: string;
}

export interface IssuedCardBody {
  readonly cardId: string;
  readonly number: string;
  readonly expiryMonth: number;
  readonly expiryYear: number;
  readonly securityCode: string;
}

export interface TokenBody {
  readonly token: string;
  readonly cardId: string;
  readonly lastFour: string;
}

export interface StatementLine {
  readonly lineId: string;
  readonly creditDebit: 'C' | 'D';
  readonly status: string;
  readonly amount: Money;
  readonly description: string;
  readonly runningBalance?: Money;
}

export interface StatementBody {
  readonly openingBalance: Money;
  readonly closingBalance: Money;
  readonly items: readonly StatementLine[];
  readonly next?: string;
}

export interface Reply<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** As JSON; of a success unless the call says otherwise. */
  readonly body: Body;
  /** The same body read as a problem. @throws Error if it isn't one */
  readonly problem: Problem;
  /** What a read that must see this write carries. */
  readonly token: Readonly<Record<string, string>>;
}

export interface Sending {
  readonly body?: unknown;
  /** Idempotency-Key; a fresh one for a POST unless it is given. */
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const parsed = <Body>(text: string, contentType: string): Body =>
  JSON.parse(contentType.includes('json') ? text : '{}');

/** Speaks with the platform as any client would, over kept-alive connections. */
export class Api {
  constructor(readonly url: string) {}

  async send<Body = object>(method: string, path: string, sending: Sending = {}): Promise<Reply<Body>> {
    const { body, key = randomUUID(), headers = {} } = sending;
    const response = await fetch(new URL(path, this.url), {
      method,
      headers: {
        ...(method === 'POST' && { 'Idempotency-Key': key }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const contentType = response.headers.get('content-type') ?? '';
    const token = response.headers.get('consistency-token');
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: parsed(text, contentType),
      get problem(): Problem {
        if (contentType.startsWith('application/problem+json')) return parsed(text, contentType);
        throw new Error(`${method} ${path} answered ${response.status} with no problem: ${text}`);
      },
      token: token === null ? {} : { 'Consistency-Token': token },
    };
  }

  get<Body = object>(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Reply<Body>> {
    return this.send<Body>('GET', path, { headers });
  }

  post<Body = object>(path: string, body?: unknown, key?: string): Promise<Reply<Body>> {
    return this.send<Body>('POST', path, { ...(body !== undefined && { body }), ...(key !== undefined && { key }) });
  }

  /** The body of a success. @throws Error that shows any other answer */
  async done<Body>(call: Promise<Reply<Body>>): Promise<Body> {
    const { status, body, text } = await call;
    if (status >= 300) throw new Error(`answered ${status}: ${text}`);
    return body;
  }
}
