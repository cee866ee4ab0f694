import { BankKey } from '../../src/application/banking/bank-key.js';
import { CardPayments } from '../../src/application/banking/card-payments.js';
import { SealingKey } from '../../src/application/sealing-key.js';
import type { Projector } from '../../src/application/views/projector.js';
import { internalError, Problem } from '../../src/infrastructure/http/frame/problem.js';
import { type HttpResponse, problemResponse } from '../../src/infrastructure/http/frame/wire.js';
import { type CheckedRequest, runOnce } from '../../src/infrastructure/http/idempotency/run-once.js';
import { createLog } from '../../src/infrastructure/observability/log.js';
import { type Adapters, adapters } from '../../src/main/adapters.js';
import { createContainer } from '../../src/main/container.js';
import { type KeysFor, openKeys } from '../../src/main/keys.js';
import { startProcesses, startSnapshots } from '../../src/main/platform.js';
import { startReaders } from '../../src/main/projectors.js';
import { allRoles } from '../../src/main/roles.js';
import { problemOfRead, routesOf } from '../../src/main/servers.js';
import { readSettings } from '../../src/main/settings.js';
import { tokens as t } from '../../src/main/tokens.js';
import type { Durable } from './durable.js';
import type { Host } from './host.js';
import { type BankHost, simulatedBank } from './simulated-bank.js';
import { simulatedEventStore } from './simulated-event-store.js';
import type { SimulatedBroker } from './simulated-feed.js';
import { simulatedIdempotency } from './simulated-idempotency.js';
import { simulatedLeases } from './simulated-leases.js';
import { simulatedPark } from './simulated-park.js';
import { simulatedSnapshots } from './simulated-snapshots.js';
import { type Reach, simulatedViews } from './simulated-views.js';

/** What all instances share. */
export interface Installation {
  readonly durable: Durable;
  readonly broker: SimulatedBroker;
  readonly reach: Reach;
  banks(): readonly BankHost[];
  /** Told of what went wrong in a process: its own words for it, and the error. */
  onFault(host: Host, what: string, error: unknown): void;
}

/** A request as a client makes it; with a key it may be repeated. */
export type Asked = Omit<CheckedRequest, 'key' | 'commandId'> & { readonly key?: string };

/** The platform as one process runs it: composed as the program composes it, over simulated ports. */
export interface Instance extends BankHost {
  readonly projectors: readonly Projector[];
  ask(operationId: string, asked: Asked): Promise<HttpResponse>;
}

const roles = new Set(allRoles);
const settings = readSettings({ BOXOFFICE_KEY: '07'.repeat(32), BOXOFFICE_LOG_LEVEL: 'warn' });

const keys = openKeys(undefined, settings.keys);
const derived = {
  bank: keys('bank'),
  payments: keys('payments'),
  tickets: keys('tickets'),
  idempotency: keys('idempotency'),
  cursors: keys('cursors'),
};
const keysFor: KeysFor = (purpose) => derived[purpose];

const adaptersOf = (host: Host, { durable, broker, reach }: Installation): Adapters => ({
  ...adapters,
  openStorage: () => ({
    partitions: broker.partitions,
    eventStore: async () => simulatedEventStore(host, durable.log),
    feed: async () => broker.feedOf(host),
    park: async () => simulatedPark(host, durable),
    leases: async () => simulatedLeases(host, durable),
    views: async () => simulatedViews(host, durable, reach),
    snapshots: async () => simulatedSnapshots(host, durable),
    idempotency: async () => simulatedIdempotency(host, durable),
    [Symbol.asyncDispose]: async () => undefined,
  }),
});

const containerOf = (host: Host, installation: Installation) => {
  const container = createContainer(settings, roles, adaptersOf(host, installation));
  const { chance } = host.around;
  const to = { write: (line: string) => installation.onFault(host, 'log', JSON.parse(line)) };
  container.rebind(t.log).toConstantValue(createLog({ level: 'warn', to }));
  container.rebind(t.keys).toConstantValue(keysFor);
  container.rebind(t.clock).toConstantValue(host.clock);
  container.rebind(t.ids).toConstantValue(host.ids);
  container.rebind(t.bank).toConstantValue(simulatedBank(host, () => installation.banks()));
  const random = (size: number): Uint8Array => chance.bytes(size);
  container.rebind(BankKey).toResolvedValue(() => new BankKey(keysFor('bank'), random), []);
  container.rebind(t.cardTokens).toConstantValue(new SealingKey(keysFor('payments'), random));
  return container;
};

const noTrace = { traceId: 'simulated', traceparent: '00-0-0-00' };

/** @throws what the start throws where something it needs is away */
export const startInstance = async (host: Host, installation: Installation): Promise<Instance> => {
  const container = containerOf(host, installation);
  const payments = await container.getAsync(CardPayments);
  const projectors = await container.getAsync(t.projectors);
  const running = new AsyncDisposableStack();
  const options = {
    idempotency: await container.getAsync(t.idempotency),
    secret: keysFor('idempotency')[0],
    problemOf: problemOfRead,
    onError: () => undefined,
  };
  const routes = new Map(
    (await routesOf(container, settings, roles)).map((route) => [route.operationId, runOnce(route, options)]),
  );
  await startSnapshots(container, running);
  const feed = await container.getAsync(t.feed);
  const park = await container.getAsync(t.park);
  const onTrouble = (view: string, error: unknown): void => installation.onFault(host, `view ${view}`, error);
  await startReaders(projectors, { feed, park, clock: host.clock, onTrouble }, running);
  startProcesses(await container.getAsync(t.bankProcesses), running);
  startProcesses(await container.getAsync(t.ticketingProcesses), running);

  const ask = async (operationId: string, { key, ...read }: Asked): Promise<HttpResponse> => {
    const answer = routes.get(operationId);
    if (answer === undefined) throw new Error(`no route is called ${operationId}`);
    try {
      return await answer(key === undefined ? { ...read, commandId: host.ids.next() } : { ...read, key }, noTrace);
    } catch (error) {
      if (error instanceof Problem) return problemResponse(error, noTrace.traceId);
      installation.onFault(host, operationId, error);
      return problemResponse(internalError(), noTrace.traceId);
    }
  };
  return { host, payments, projectors, ask };
};
