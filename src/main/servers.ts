import type { RequestListener } from 'node:http';
import type { Container } from 'inversify';
import { InvalidCursor } from '../application/cursor.js';
import { InvalidFilter } from '../application/pages.js';
import { ViewsUnavailable } from '../application/ports/views.js';
import { Admission } from '../infrastructure/http/admission.js';
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
import { projections } from './catalogue.js';
import { type Role, writesEvents } from './roles.js';
import type { Settings } from './settings.js';
import type { Stops } from './stops.js';
import { tokens as t } from './tokens.js';

/** Time that requests under way have after the end was asked for. */
const drainMs = 10_000;

/** The API and, on its own port, what operators and machines ask. Told to stop, both finish what is under way. */
export const startServers = async (
  container: Container,
  settings: Settings,
  roles: ReadonlySet<Role>,
  stops: Stops,
): Promise<{ api: RunningServer; operator: RunningServer }> => {
  const log = await container.getAsync(t.log);
  const registry = await container.getAsync(t.registry);
  const keys = await container.getAsync(t.keys);
  // Its records hold nothing that was sent, so that nothing has to be searched for secrets.
  const access = log.child({}, { redact: [] });
  const options: ApplicationOptions = {
    info: { title: 'Boxoffice', version: '1' },
    answers: await container.getAsync(t.answers),
    secret: keys('answers'),
    callerOf: () => 'anonymous',
    problemOf: problemOfRead,
    onError: (err, what, traceId) => log.error({ err, traceId }, what),
    onAnswered: (record) => access.info(record, 'request'),
    metrics: httpMetrics(registry),
  };
  const onShed = countedEverySecond((count) => log.warn({ count }, 'requests were refused: too many at this moment'));
  let isDraining = false;
  const admission = new Admission({ most: settings.underWay });
  const api = application(await routesOf(container, roles), { ...options, admission, onShed });
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

/** What the API of these roles can be asked. */
export const routesOf = async (container: Container, roles: ReadonlySet<Role>): Promise<readonly Route[]> => {
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
  const checks = await checksOf(container, roles);
  const health = operatorApplication({ checks, isDraining, registry });
  if (!writesEvents(roles)) return health;
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

/** What these roles can't do without. */
const checksOf = async (
  container: Container,
  roles: ReadonlySet<Role>,
): Promise<Readonly<Record<string, () => Promise<void>>>> => {
  const checks: Record<string, () => Promise<void>> = {};
  if (writesEvents(roles)) {
    const store = await container.getAsync(t.eventStore);
    checks['event-store'] = async () => void (await store.head());
  }
  if (roles.has('query-api')) {
    const views = await container.getAsync(t.views);
    checks.views = async () => {
      for (const projection of projections) {
        const isThere = (await views.live(projection)) !== undefined;
        if (!isThere) throw new ViewsUnavailable(`the view ${projection.name} isn't there yet`);
      }
    };
  }
  return checks;
};

/** Tells of many calls once a second, as long as there are any. */
const countedEverySecond = (tell: (count: number) => void): (() => void) => {
  let count = 0;
  const report = (): void => {
    tell(count);
    count = 0;
  };
  return () => {
    if (++count === 1) setTimeout(report, 1_000).unref();
  };
};

/** What a failed read is to the outside. */
export const problemOfRead = (error: unknown): Problem | undefined => {
  if (error instanceof InvalidCursor)
    return invalidField('query', 'cursor', 'malformed', 'must be one that this list gave out');
  if (error instanceof InvalidFilter) return invalidField('query', error.field, 'malformed', error.message);
  if (error instanceof ViewsUnavailable) return unavailable('views_unavailable', 'The views can not be read now');
  return undefined;
};
