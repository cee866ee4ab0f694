import type { Container } from 'inversify';
import { CommandHandler } from '../application/command-handler.js';
import type { DueProcesses } from '../application/processes/due-processes.js';
import { ViewProgress } from '../application/views/view-progress.js';
import { backlogMetrics } from '../infrastructure/observability/work-metrics.js';
import { makeFolder } from '../infrastructure/runtime/make-folder.js';
import { type Adapters, adapters as realAdapters } from './adapters.js';
import { createContainer } from './container.js';
import { every } from './every.js';
import { forSetting } from './for-setting.js';
import { startProjectors } from './projector-host.js';
import { viewsOf } from './projectors.js';
import { type Role, writesEvents } from './roles.js';
import { startServers } from './servers.js';
import type { Settings } from './settings.js';
import { needsFolder } from './storage.js';
import { tokens as t } from './tokens.js';

const saveEveryMs = 1_000;
/** What was due within this time is taken up at the start. */
const startSlackMs = 60_000;
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
export const startPlatform = async (
  settings: Settings,
  roles: ReadonlySet<Role>,
  adapters: Adapters = realAdapters,
): Promise<Platform> => {
  const payer = (['command-api', 'worker'] as const).find((role) => roles.has(role));
  if (payer !== undefined && !roles.has('bank') && settings.bankAddress === undefined) {
    throw new Error(`${payer} needs a bank: take the role bank too, or set BOXOFFICE_BANK`);
  }
  if (needsFolder(settings)) await forSetting('BOXOFFICE_DATA', () => makeFolder(settings.folder));
  const container = createContainer(settings, roles, adapters);
  // Before anything is made with them.
  await container.getAsync(t.keys);
  await using starting = new AsyncDisposableStack();
  starting.use(await container.getAsync(t.storage));
  if (writesEvents(roles)) await startSnapshots(container, starting);
  if (roles.has('bank')) {
    starting.adopt(await container.getAsync(t.bankServer), (server) => server.close());
  }
  if (payer !== undefined) starting.adopt(await container.getAsync(t.bank), async (bank) => bank.close());
  if (viewsOf(roles, settings.modules).length > 0) {
    const progress = await container.getAsync(ViewProgress);
    const clock = await container.getAsync(t.clock);
    const log = await container.getAsync(t.log);
    const onBacklogs = backlogMetrics(await container.getAsync(t.registry));
    const thread = adapters.projectorThread;
    await startProjectors({ thread, settings, roles, progress, clock, log, onBacklogs }, starting);
  }
  if (roles.has('relay') && settings.kafkaBrokers !== undefined) {
    const { startRelay } = await import('./relay.js');
    await startRelay(container, settings, starting);
  }
  if (roles.has('bank')) startProcesses(await container.getAsync(t.bankProcesses), starting);
  if (roles.has('worker')) startProcesses(await container.getAsync(t.ticketingProcesses), starting);
  const { api, operator } = await startServers(container, settings, roles, starting);
  const bankPort = roles.has('bank') ? { bankPort: (await container.getAsync(t.bankServer)).port } : {};
  const started = starting.move();
  const stop = (): Promise<void> => started.disposeAsync();
  return { url: api.url, operatorUrl: operator.url, ...bankPort, container, stop };
};

/** Snapshots are written of idle streams, and at the end of all that waits for one. */
export const startSnapshots = async (container: Container, stack: AsyncDisposableStack): Promise<void> => {
  const clock = await container.getAsync(t.clock);
  const handler = await container.getAsync(CommandHandler);
  stack.defer(() => handler.saveIdle(AbortSignal.timeout(lastSnapshotsMs)));
  every(saveEveryMs, clock, (signal) => handler.saveIdle(signal), stack);
};

/** Goes on with processes whose time has come; at the start also with what a process that ended was working on. */
export const startProcesses = (due: DueProcesses, stack: AsyncDisposableStack): void => {
  const ending = new AbortController();
  const ended = due.run(ending.signal, startSlackMs);
  stack.defer(() => {
    ending.abort();
    return ended;
  });
};
