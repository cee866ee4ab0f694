import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../src/application/ports/clock.js';
import {
  type AccessRecord,
  type ApplicationOptions,
  application,
  type HttpApplication,
} from '../../src/infrastructure/http/frame/application.js';
import { Problem } from '../../src/infrastructure/http/frame/problem.js';
import { type Reply, type Route, route } from '../../src/infrastructure/http/frame/route.js';
import { createServer, type RunningServer, type ServerOptions } from '../../src/infrastructure/http/frame/server.js';
import { EmbeddedIdempotencyStore } from '../../src/infrastructure/http/idempotency/embedded/embedded-idempotency-store.js';
import type { IdempotencyStore } from '../../src/infrastructure/http/idempotency/idempotency-store.js';
import {
  IsDigits,
  IsEmailAddress,
  IsName,
  IsOneOf,
  IsSeatName,
  IsToken,
  IsUuid,
  IsWholeNumber,
  ListOf,
  Nested,
  Optional,
} from '../../src/infrastructure/http/input/fields.js';
import { IsMoney, Money } from '../../src/infrastructure/http/input/money-field.js';
import { IsCalendarDate, IsInstant } from '../../src/infrastructure/http/input/time-fields.js';

export class Buyer {
  @IsName(40)
  readonly name!: string;

  @IsEmailAddress()
  readonly email!: string;
}

export class NewSale {
  @IsName(40)
  readonly name!: string;

  @IsInstant()
  readonly startsAt!: string;

  @IsMoney()
  readonly price!: Money;

  @Optional()
  @IsCalendarDate()
  readonly day?: string;

  @Optional()
  @IsWholeNumber(1, 100)
  readonly quantity?: number;

  @Optional()
  @ListOf({ min: 1, max: 3, unique: true })
  @IsSeatName({ each: true })
  readonly seats?: readonly string[];

  @Optional()
  @ListOf({ min: 1, max: 3 })
  @Nested(() => Buyer)
  readonly buyers?: readonly Buyer[];
}

export class SaleId {
  @IsUuid()
  readonly saleId!: string;
}

export class SalePage {
  @Optional()
  @IsWholeNumber(1, 100)
  readonly limit?: number;

  @Optional()
  @IsOneOf(['open', 'closed'])
  readonly status?: string;

  @Optional()
  @IsToken(200)
  readonly cursor?: string;
}

export class CardDetails {
  @IsDigits(12, 19)
  readonly number!: string;

  @IsName(40)
  readonly holder!: string;
}

/** What the sample's handlers were asked, and what they do next. */
export interface Sample {
  readonly app: HttpApplication;
  readonly server: RunningServer;
  readonly asked: { body: object; params: object; query: object; commandId: string; traceparent?: string }[];
  readonly records: AccessRecord[];
  readonly errors: unknown[];
  readonly folder: string;
  /** Runs in place of the handler of `POST /v1/sales`. */
  next: (count: number) => Promise<Reply>;
  stop(): Promise<void>;
}

export const saleId = '0b9f6f0e-6f5b-8c3a-9d2e-1a2b3c4d5e6f';

export const goodSale = {
  name: 'Evening',
  startsAt: '2030-05-04T19:30:00Z',
  price: { amountMinor: 1250, currency: 'EUR' },
};

export const sampleRoutes = (sample: () => Sample): readonly Route[] => {
  const note = (request: { body: object; params: object; query: object; context: { commandId: string } }): number => {
    const { body, params, query, context } = request;
    return sample().asked.push({ body, params, query, ...context });
  };
  return [
    route({
      method: 'post',
      path: '/v1/sales',
      operationId: 'createSale',
      summary: 'Put tickets on sale',
      tags: ['sales'],
      policy: 'public',
      body: NewSale,
      bodyExample: goodSale,
      idempotent: true,
      responses: { 201: { description: 'On sale', headers: ['Location', 'Consistency-Token'] }, 409: ['sold_out'] },
      handler: (request) => sample().next(note(request)),
    }),
    route({
      method: 'get',
      path: '/v1/sales',
      operationId: 'listSales',
      summary: 'Sales',
      tags: ['sales'],
      policy: 'public',
      query: SalePage,
      idempotent: false,
      responses: { 200: { description: 'A page' } },
      handler: async (request) => {
        note(request);
        return { status: 200, body: { items: [] } };
      },
    }),
    route({
      method: 'get',
      path: '/v1/sales/{saleId}',
      operationId: 'getSale',
      summary: 'One sale',
      tags: ['sales'],
      policy: 'public',
      params: SaleId,
      idempotent: false,
      responses: { 200: { description: 'The sale', body: Money, headers: ['ETag'] }, 404: ['not_found'] },
      handler: async (request) => {
        note(request);
        return { status: 200, body: { saleId: request.params.saleId }, etag: 7n };
      },
    }),
    route({
      method: 'post',
      path: '/v1/sales/{saleId}/open',
      operationId: 'openSale',
      summary: 'Open a sale',
      tags: ['sales'],
      policy: 'operator',
      params: SaleId,
      idempotent: true,
      needsIfMatch: true,
      responses: { 204: { description: 'Open' } },
      handler: async (request) => {
        note(request);
        return { status: 204 };
      },
    }),
    route({
      method: 'post',
      path: '/bank/v1/tokens',
      operationId: 'tokenise',
      summary: 'Trade a card number for a token',
      tags: ['bank'],
      policy: 'public',
      body: CardDetails,
      takesCardData: ['number'],
      storesResponse: false,
      idempotent: true,
      responses: { 201: { description: 'A token' }, 402: ['card_declined'] },
      handler: async (request) => {
        const count = note(request);
        return { status: 201, body: { token: 'tok', count, secret: request.body.number } };
      },
    }),
  ];
};

export const created = async (count: number): Promise<Reply> => ({
  status: 201,
  body: { saleId, count },
  location: `/v1/sales/${saleId}`,
});

export const soldOut = async (): Promise<Reply> => {
  throw new Problem({ status: 409, code: 'sold_out', title: 'No tickets are left' });
};

export const wallClock: Clock = { now: () => Date.now(), random: () => 0.5, sleep: async () => {} };

export interface SampleOptions extends Partial<ApplicationOptions> {
  /** A store that is closed with the sample; one of its own unless given. */
  readonly idempotency?: IdempotencyStore;
  readonly folder?: string;
  readonly server?: Partial<ServerOptions>;
}

/** The sample routes behind a real server on a free port, with their responses in a folder of their own. */
export const startSample = async (options: SampleOptions = {}): Promise<Sample> => {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'boxoffice-http-')));
  const idempotency = options.idempotency ?? (await EmbeddedIdempotencyStore.open(folder, wallClock));
  const records: AccessRecord[] = [];
  const errors: unknown[] = [];
  const app = application(
    sampleRoutes(() => sample),
    {
      info: { title: 'Sample', version: '1.0.0' },
      idempotency,
      secret: Buffer.alloc(32, 7),
      callerOf: ({ headers }) => headers['x-caller']?.toString() ?? 'anonymous',
      mayUse: (policy, caller) => policy === 'public' || caller === 'operator',
      onAnswered: (record) => records.push(record),
      onError: (error) => errors.push(error),
      ...options,
    },
  );
  const onRefused = (record: AccessRecord): unknown => records.push(record);
  const server = await createServer(app.listener, { port: 0, onRefused, ...options.server }).catch(
    async (cause: unknown) => {
      await idempotency.close();
      throw cause;
    },
  );
  const sample: Sample = {
    app,
    server,
    asked: [],
    records,
    errors,
    folder,
    next: created,
    stop: async () => {
      await server.drain(500);
      await idempotency.close();
      if (options.folder === undefined) await rm(folder, { recursive: true });
    },
  };
  return sample;
};
