import { mkdirSync } from 'node:fs';
import type { Container } from 'inversify';
import { parkingReader } from '../application/feed/parking-reader.js';
import { expireOrders, orderExpiry } from '../application/ticketing/order-expiry.js';
import { createContainer } from './container.js';
import { startProjectors } from './projector-host.js';
import { type Role, writesEvents } from './roles.js';
import { startServers } from './servers.js';
import type { Settings } from './settings.js';
import { every, type Stops } from './stops.js';
import { tokens as t } from './tokens.js';

const sweepEveryMs = 5_000;
const saveEveryMs = 1_000;
/** What a clean end spends on snapshots at most. */
const lastSnapshotsMs = 1_000;

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

/** Starts what the roles ask for. @throws Error that says what stood in the way */
export const startPlatform = async (settings: Settings, roles: ReadonlySet<Role>): Promise<Platform> => {
  const payer = (['command-api', 'worker'] as const).find((role) => roles.has(role));
  if (payer !== undefined && !roles.has('bank') && settings.bankAddress === undefined) {
    throw new Error(`${payer} needs a bank: take the role bank too, or set BOXOFFICE_BANK`);
  }
  mkdirSync(settings.folder, { recursive: true, mode: 0o700 });
  const container = createContainer(settings, roles);
  if (settings.crashAt !== undefined) {
    (await container.getAsync(t.log)).warn(
      { crashAt: settings.crashAt },
      'this process will kill itself, as a test asked',
    );
  }
  const stops: Stops = [];
  const stop = async (): Promise<void> => {
    for (let last = stops.pop(); last !== undefined; last = stops.pop()) await last();
  };
  try {
    await startStorage(container, roles, stops);
    if (roles.has('bank')) {
      const server = await container.getAsync(t.bankServer);
      stops.push(() => server.close());
      await startSweep(container, stops);
    }
    if (payer !== undefined) {
      const bank = await container.getAsync(t.bank);
      stops.push(async () => bank.close());
    }
    if (roles.has('projector')) {
      const progress = await container.getAsync(t.progress);
      const clock = await container.getAsync(t.clock);
      const log = await container.getAsync(t.log);
      const { folder, crashAt } = settings;
      await startProjectors({ folder, crashAt, progress, clock, log }, stops);
    }
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
    await startMailboxes(container, stops);
    const feed = await container.getAsync(t.feed);
    stops.push(() => feed.close());
    const park = await container.getAsync(t.park);
    stops.push(() => park.close());
  }
  const views = await container.getAsync(t.views);
  stops.push(() => views.close());
  const idempotency = await container.getAsync(t.idempotency);
  stops.push(() => idempotency.close());
};

/** Snapshots are written of streams at rest, and at the end of all that waits for one. */
export const startMailboxes = async (container: Container, stops: Stops): Promise<void> => {
  const clock = await container.getAsync(t.clock);
  const snapshots = await container.getAsync(t.snapshots);
  stops.push(() => snapshots.close());
  const mailboxes = await container.getAsync(t.mailboxes);
  stops.push(() => mailboxes.saveRested(AbortSignal.timeout(lastSnapshotsMs)));
  every(saveEveryMs, clock, (signal) => mailboxes.saveRested(signal), stops);
};

/** Finishes what a crash of a bank left half done. */
export const startSweep = async (container: Container, stops: Stops): Promise<void> => {
  const log = await container.getAsync(t.log);
  const clock = await container.getAsync(t.clock);
  const open = await container.getAsync(t.openTransactions);
  const sweep = (signal: AbortSignal): Promise<unknown> =>
    open.sweep(signal).catch((err: unknown) => log.error({ err }, 'the sweep of transactions failed'));
  every(sweepEveryMs, clock, sweep, stops);
};

/** Takes up open purchases, lets holds lapse, and tells orders of it. */
export const startWorker = async (container: Container, stops: Stops): Promise<void> => {
  const log = await container.getAsync(t.log);
  const feed = await container.getAsync(t.feed);
  const park = await container.getAsync(t.park);
  const clock = await container.getAsync(t.clock);
  const orders = await container.getAsync(t.orders);
  const catalogue = await container.getAsync(t.catalogue);
  const worker = await container.getAsync(t.purchaseWorker);
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
