import type { RequestListener } from 'node:http';
import type { Container } from 'inversify';
import { BankKey } from '../application/banking/bank-key.js';
import { CardPayments } from '../application/banking/card-payments.js';
import { CardIssuing } from '../application/banking/issue-card.js';
import { StatementQueries } from '../application/banking/statement-queries.js';
import { CommandHandler } from '../application/command-handler.js';
import { InvalidCursor } from '../application/cursor.js';
import { DeliveryQueries } from '../application/feed/delivery-queries.js';
import { InvalidFilter } from '../application/pages.js';
import { ViewsUnavailable } from '../application/ports/views.js';
import { OrderQueries } from '../application/ticketing/order-queries.js';
import { Orders } from '../application/ticketing/orders.js';
import { Purchases } from '../application/ticketing/purchases.js';
import { SaleQueries } from '../application/ticketing/sale-queries.js';
import { Sales } from '../application/ticketing/sales.js';
import { TicketQueries } from '../application/ticketing/ticket-queries.js';
import { TicketSecrets } from '../application/ticketing/ticket-secrets.js';
import { Tickets } from '../application/ticketing/tickets.js';
import { bankRoutes } from '../infrastructure/http/api/banking/bank-routes.js';
import { statementRoutes } from '../infrastructure/http/api/banking/statement-routes.js';
import { operatorRoutes } from '../infrastructure/http/api/operations/operator-routes.js';
import { ReadYourWrites } from '../infrastructure/http/api/read-your-writes.js';
import { checkInRoutes, manualCheckInRoutes } from '../infrastructure/http/api/ticketing/check-in-routes.js';
import { orderRoutes } from '../infrastructure/http/api/ticketing/order-routes.js';
import { queryRoutes } from '../infrastructure/http/api/ticketing/query-routes.js';
import { saleRoutes } from '../infrastructure/http/api/ticketing/sale-routes.js';
import { ticketRoutes } from '../infrastructure/http/api/ticketing/ticket-routes.js';
import { Admission } from '../infrastructure/http/frame/admission.js';
import { type AccessRecord, type ApplicationOptions, application } from '../infrastructure/http/frame/application.js';
import { asksFor } from '../infrastructure/http/frame/host-name.js';
import { operatorApplication } from '../infrastructure/http/frame/operator.js';
import { invalidField, type Problem, unavailable } from '../infrastructure/http/frame/problem.js';
import type { Route } from '../infrastructure/http/frame/route.js';
import { createServer, type RunningServer } from '../infrastructure/http/frame/server.js';
import { httpMetrics } from '../infrastructure/observability/metrics.js';
import { parkedMetric, waitingMetric } from '../infrastructure/observability/work-metrics.js';
import { projections } from './catalogue.js';
import { forSetting } from './for-setting.js';
import { type Role, writesEvents } from './roles.js';
import type { Settings } from './settings.js';
import { tokens as t } from './tokens.js';

/** Time that requests in flight have after the end was asked for. */
const drainMs = 10_000;

/** The API and, on its own port, what operators and machines ask. Told to stop, both finish what is in flight. */
export const startServers = async (
  container: Container,
  settings: Settings,
  roles: ReadonlySet<Role>,
  stack: AsyncDisposableStack,
): Promise<{ api: RunningServer; operator: RunningServer }> => {
  const log = await container.getAsync(t.log);
  const registry = await container.getAsync(t.registry);
  const keys = await container.getAsync(t.keys);
  // Its records hold nothing that was sent, so that nothing has to be searched for secrets.
  const access = log.child({}, { redact: [] });
  const metrics = httpMetrics(registry);
  const options: ApplicationOptions = {
    info: { title: 'Boxoffice', version: '1' },
    idempotency: await container.getAsync(t.idempotency),
    secret: keys('idempotency')[0],
    callerOf: () => 'anonymous',
    problemOf: problemOfRead,
    onError: (err, what, traceId) => log.error({ err, traceId }, what),
    onAnswered: (record) => access.info(record, 'request'),
    metrics,
  };
  const onShed = countedEverySecond((count) => log.warn({ count }, 'requests were refused: too many at the moment'));
  let isDraining = false;
  const admission = new Admission({ maxInFlight: settings.maxInFlight });
  const api = application(await routesOf(container, settings, roles), { ...options, admission, onShed });
  // As long as there is no log-in, whoever reaches a server may do everything.
  const own = { host: settings.host, isOwnHost: asksFor(settings.host) };
  const onRefused = (record: AccessRecord): void => {
    metrics.observe(record.method, record.route, record.status, record.ms / 1_000);
    access.info(record, 'request');
  };
  const port = { ...own, port: settings.port, onRefused };
  const operatorPort = { ...own, port: settings.operatorPort };
  const listener = await operatorListener(container, settings, roles, options, () => isDraining);
  const operator = await forSetting('OPERATOR_PORT', () => createServer(listener, operatorPort));
  stack.defer(() => operator.drain(1_000));
  const server = await forSetting('PORT', () => createServer(api.listener, port));
  stack.defer(() => {
    isDraining = true;
    return server.drain(drainMs);
  });
  return { api: server, operator };
};

/** What the API of these roles can be asked. */
export const routesOf = async (
  container: Container,
  { modules, bankAddress, eventStoreUrl }: Pick<Settings, 'modules' | 'bankAddress' | 'eventStoreUrl'>,
  roles: ReadonlySet<Role>,
): Promise<readonly Route[]> => {
  const readYourWrites = await container.getAsync(ReadYourWrites);
  const routes: Route[] = [];
  if (roles.has('command-api')) {
    const tickets = await container.getAsync(Tickets);
    const orders = await container.getAsync(Orders);
    const purchases = await container.getAsync(Purchases);
    const sales = await container.getAsync(Sales);
    routes.push(
      ...saleRoutes({ sales, purchases, readYourWrites }),
      ...orderRoutes({ orders, purchases, readYourWrites }),
    );
    routes.push(...ticketRoutes({ tickets, readYourWrites }), ...checkInRoutes({ tickets, readYourWrites }));
  }
  if (roles.has('query-api') && modules.has('ticketing')) {
    const saleQueries = await container.getAsync(SaleQueries);
    const orderQueries = await container.getAsync(OrderQueries);
    const ticketQueries = await container.getAsync(TicketQueries);
    const secrets = await container.getAsync(TicketSecrets);
    routes.push(...queryRoutes({ saleQueries, orderQueries, ticketQueries, secrets, readYourWrites }));
  }
  if (roles.has('query-api') && modules.has('banking')) {
    const statements = await container.getAsync(StatementQueries);
    const isBankApart = bankAddress !== undefined && eventStoreUrl === undefined;
    routes.push(...statementRoutes({ statements, isBankApart, readYourWrites }));
  }
  if (roles.has('bank')) {
    const issuing = await container.getAsync(CardIssuing);
    const payments = await container.getAsync(CardPayments);
    const key = await container.getAsync(BankKey);
    const clock = await container.getAsync(t.clock);
    routes.push(...bankRoutes({ issuing, payments, key, clock, readYourWrites }));
  }
  return routes;
};

/** Health and metrics for machines, and the operator's own routes beside them. */
const operatorListener = async (
  container: Container,
  settings: Settings,
  roles: ReadonlySet<Role>,
  options: ApplicationOptions,
  isDraining: () => boolean,
): Promise<RequestListener> => {
  const registry = await container.getAsync(t.registry);
  const checks = await checksOf(container, settings, roles);
  const health = operatorApplication({ checks, isDraining, registry });
  if (!writesEvents(roles)) return health;
  const handler = await container.getAsync(CommandHandler);
  const park = await container.getAsync(t.park);
  waitingMetric(registry, () => handler.waiting);
  parkedMetric(registry, () => park.list());
  const orderQueries = await container.getAsync(OrderQueries);
  const readYourWrites = await container.getAsync(ReadYourWrites);
  const tickets = await container.getAsync(Tickets);
  const orders = await container.getAsync(Orders);
  const deliveries = await container.getAsync(DeliveryQueries);
  const ticketQueries = await container.getAsync(TicketQueries);
  const secrets = await container.getAsync(TicketSecrets);
  const routes = [
    ...operatorRoutes({ orders, orderQueries, ticketQueries, secrets, deliveries, readYourWrites }),
    ...manualCheckInRoutes({ tickets, readYourWrites }),
  ];
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
  { modules }: Settings,
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
      for (const projection of [...modules].flatMap((name) => projections[name])) {
        const isThere = (await views.live(projection)) !== undefined;
        if (!isThere) throw new ViewsUnavailable(`the view ${projection.name} is not ready yet`);
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
  if (error instanceof ViewsUnavailable)
    return unavailable('views_unavailable', 'The read models are not available now');
  return undefined;
};
