import { mkdirSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import type { Container } from 'inversify';
import { InvalidCursor } from '../application/cursor.js';
import { type BatchPlace, parkingReader } from '../application/feed/parking-reader.js';
import { InvalidFilter } from '../application/pages.js';
import type { StoredEvent } from '../application/ports/event-store.js';
import type { FeedSubscription } from '../application/ports/feed.js';
import { ViewsUnavailable } from '../application/ports/views.js';
import { bankRoutes } from '../infrastructure/http/api/bank-routes.js';
import { operatorRoutes } from '../infrastructure/http/api/operator-routes.js';
import { orderRoutes } from '../infrastructure/http/api/order-routes.js';
import { queryRoutes } from '../infrastructure/http/api/query-routes.js';
import { saleRoutes } from '../infrastructure/http/api/sale-routes.js';
import { ticketRoutes } from '../infrastructure/http/api/ticket-routes.js';
import { type ApplicationOptions, application } from '../infrastructure/http/application.js';
import { operatorApplication } from '../infrastructure/http/operator.js';
import { invalidField, type Problem, unavailable } from '../infrastructure/http/problem.js';
import type { Route } from '../infrastructure/http/route.js';
import { createServer, type RunningServer } from '../infrastructure/http/server.js';
import { httpMetrics } from '../infrastructure/observability/metrics.js';
import { createContainer } from './container.js';
import { expireOrders, orderExpiry } from './order-expiry.js';
import { type Role, writesEvents } from './roles.js';
import type { Settings } from './settings.js';
import { tokens as t } from './tokens.js';

/** Time that requests under way have after the end was asked for. */
const drainMs = 10_000;
const sweepEveryMs = 5_000;

export interface Platform {
  /** `http://127.0.0.1:3000` */
  readonly url: string;
  readonly operatorUrl: string;
  /** Where the own bank listens, if this process has one. */
  readonly bankPort?: number;
  readonly container: Container;
  /** Takes nothing new, finishes what is under way, then closes everything. */
  stop(): Promise<void>;
}

/** What is to be stopped, the last first. */
type Stops = (() => Promise<void>)[];

/** Starts what the roles ask for. @throws Error that says what stood in the way */
export const startPlatform = async (settings: Settings, roles: ReadonlySet<Role>): Promise<Platform> => {
  if (roles.has('command-api') && !roles.has('bank') && settings.bankAddress === undefined) {
    throw new Error('command-api needs a bank: take the role bank too, or set BOXOFFICE_BANK');
  }
  mkdirSync(settings.folder, { recursive: true, mode: 0o700 });
  const container = createContainer(settings, roles);
  const stops: Stops = [];
  const stop = async (): Promise<void> => {
    for (let last = stops.pop(); last !== undefined; last = stops.pop()) await last();
  };
  try {
    await startStorage(container, roles, stops);
    if (roles.has('bank')) await startBank(container, stops);
    if (roles.has('projector')) await startReaders(container, stops);
    if (roles.has('worker')) await startWorker(container, stops);
    const { api, operator } = await startServers(container, settings, roles, stops);
    const bankPort = roles.has('bank') ? { bankPort: (await container.getAsync(t.bankServer)).port } : {};
    return { url: api.url, operatorUrl: operator.url, ...bankPort, container, stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
};

const startStorage = async (container: Container, roles: ReadonlySet<Role>, stops: Stops): Promise<void> => {
  if (writesEvents(roles)) {
    const store = await container.getAsync(t.eventStore);
    stops.push(() => store.close());
    const feed = await container.getAsync(t.feed);
    stops.push(() => feed.close());
  }
  const views = await container.getAsync(t.views);
  stops.push(() => views.close());
  const answers = await container.getAsync(t.answers);
  stops.push(() => answers.close());
};

/** Does something again and again until it is told to stop. */
const every = (ms: number, work: (signal: AbortSignal) => Promise<unknown>, stops: Stops): void => {
  const ending = new AbortController();
  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      await work(ending.signal);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        ending.signal.addEventListener('abort', () => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  };
  const ended = run();
  stops.push(() => {
    ending.abort();
    return ended;
  });
};

const startBank = async (container: Container, stops: Stops): Promise<void> => {
  const log = await container.getAsync(t.log);
  const server = await container.getAsync(t.bankServer);
  stops.push(() => server.close());
  const open = await container.getAsync(t.openTransactions);
  const sweep = (signal: AbortSignal): Promise<unknown> =>
    open.sweep(signal).catch((err: unknown) => log.error({ err }, 'the sweep of transactions failed'));
  every(sweepEveryMs, sweep, stops);
};

/** Every view, each reader at its own pace. */
const startReaders = async (container: Container, stops: Stops): Promise<void> => {
  const feed = await container.getAsync(t.feed);
  const park = await container.getAsync(t.park);
  const clock = await container.getAsync(t.clock);
  const subscriptions: FeedSubscription[] = [];
  stops.push(async () => {
    await Promise.all(subscriptions.map((subscription) => subscription.stop()));
  });
  for (const projector of await container.getAsync(t.projectors)) {
    await projector.start();
    const take = (events: readonly StoredEvent[], place: BatchPlace): Promise<void> => projector.handle(events, place);
    const { group, types } = projector;
    subscriptions.push(feed.subscribe(parkingReader({ group, types, take, park, clock })));
  }
};

/** Takes up open purchases, lets holds lapse, and tells orders of it. */
const startWorker = async (container: Container, stops: Stops): Promise<void> => {
  const log = await container.getAsync(t.log);
  const feed = await container.getAsync(t.feed);
  const park = await container.getAsync(t.park);
  const clock = await container.getAsync(t.clock);
  const orders = await container.getAsync(t.orders);
  const catalogue = await container.getAsync(t.catalogue);
  const worker = await container.getAsync(t.purchaseWorker);
  const bank = await container.getAsync(t.bank);
  stops.push(async () => bank.close());
  const take = expireOrders(orders, catalogue);
  const expiry = feed.subscribe(parkingReader({ ...orderExpiry, take, park, clock }));
  stops.push(() => expiry.stop());
  const ending = new AbortController();
  await worker.resumePurchases(60_000).catch((err: unknown) => log.error({ err }, 'open purchases wait'));
  const ended = worker.run(ending.signal);
  stops.push(() => {
    ending.abort();
    return ended;
  });
};

const startServers = async (
  container: Container,
  settings: Settings,
  roles: ReadonlySet<Role>,
  stops: Stops,
): Promise<{ api: RunningServer; operator: RunningServer }> => {
  const log = await container.getAsync(t.log);
  const registry = await container.getAsync(t.registry);
  const keys = await container.getAsync(t.keys);
  const options: ApplicationOptions = {
    info: { title: 'Boxoffice', version: '1' },
    answers: await container.getAsync(t.answers),
    secret: keys('answers'),
    callerOf: () => 'anonymous',
    problemOf: problemOfRead,
    onError: (err, what, traceId) => log.error({ err, traceId }, what),
    onAnswered: (record) => log.info(record, 'request'),
    metrics: httpMetrics(registry),
  };
  let isDraining = false;
  const api = application(await routesOf(container, roles), options);
  const port = { host: settings.host, port: settings.port };
  const server = await createServer(api.listener, port);
  const operator = await createServer(await operatorListener(container, roles, options, () => isDraining), {
    host: settings.host,
    port: settings.operatorPort,
  });
  stops.push(() => operator.drain(1_000));
  stops.push(async () => {
    isDraining = true;
    await server.drain(drainMs);
  });
  return { api: server, operator };
};

const routesOf = async (container: Container, roles: ReadonlySet<Role>): Promise<readonly Route[]> => {
  const reading = await container.getAsync(t.reading);
  const routes: Route[] = [];
  if (roles.has('command-api')) {
    const tickets = await container.getAsync(t.tickets);
    const orders = await container.getAsync(t.orders);
    const purchases = await container.getAsync(t.purchases);
    const sales = await container.getAsync(t.sales);
    routes.push(...saleRoutes({ sales, tickets, reading }), ...orderRoutes({ orders, purchases, reading }));
    routes.push(...ticketRoutes({ tickets, reading }));
  }
  if (roles.has('query-api')) {
    const saleQueries = await container.getAsync(t.saleQueries);
    const orderQueries = await container.getAsync(t.orderQueries);
    const ticketQueries = await container.getAsync(t.ticketQueries);
    const statements = await container.getAsync(t.statements);
    const secrets = await container.getAsync(t.ticketSecrets);
    routes.push(...queryRoutes({ saleQueries, orderQueries, ticketQueries, statements, secrets, reading }));
  }
  if (roles.has('bank')) {
    const issuing = await container.getAsync(t.cardIssuing);
    const payments = await container.getAsync(t.cardPayments);
    const key = await container.getAsync(t.bankKey);
    routes.push(...bankRoutes({ issuing, payments, key, reading }));
  }
  return routes;
};

/** Health and metrics for machines, and the operator's own routes beside them. */
const operatorListener = async (
  container: Container,
  roles: ReadonlySet<Role>,
  options: ApplicationOptions,
  isDraining: () => boolean,
): Promise<RequestListener> => {
  const registry = await container.getAsync(t.registry);
  if (!writesEvents(roles)) return operatorApplication({ checks: {}, isDraining, registry });
  const store = await container.getAsync(t.eventStore);
  const checks = { 'event-store': async () => void (await store.head()) };
  const health = operatorApplication({ checks, isDraining, registry });
  const orderQueries = await container.getAsync(t.orderQueries);
  const reading = await container.getAsync(t.reading);
  const routes = operatorRoutes({ orderQueries, deliveries: await container.getAsync(t.deliveries), reading });
  const { metrics: _, ...rest } = options;
  const own = application(routes, { ...rest, mayUse: () => true });
  return (request, response) => {
    const isOwn = request.url?.startsWith('/v1/') === true || request.url === '/openapi.json';
    (isOwn ? own.listener : health)(request, response);
  };
};

/** What a failed read is to the outside. */
const problemOfRead = (error: unknown): Problem | undefined => {
  if (error instanceof InvalidCursor)
    return invalidField('query', 'cursor', 'malformed', 'must be one that this list gave out');
  if (error instanceof InvalidFilter) return invalidField('query', error.field, 'malformed', error.message);
  if (error instanceof ViewsUnavailable) return unavailable('views_unavailable', 'The views can not be read now');
  return undefined;
};
