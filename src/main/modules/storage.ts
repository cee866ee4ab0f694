import { ContainerModule } from 'inversify';
import { CommandHandler } from '../../application/command-handler.js';
import { EventCatalogue } from '../../application/event-catalogue.js';
import { commandMetrics } from '../../infrastructure/observability/work-metrics.js';
import type { Adapters } from '../adapters.js';
import type { Role } from '../roles.js';
import type { Settings } from '../settings.js';
import { tokens as t } from '../tokens.js';

/** What a process keeps its data in, and what decides on it. */
export const storageModule = (
  settings: Settings,
  roles: ReadonlySet<Role>,
  { openStorage }: Pick<Adapters, 'openStorage'>,
): ContainerModule =>
  new ContainerModule(({ bind }) => {
    bind(t.storage).toResolvedValue(
      (clock, log) =>
        openStorage(settings, roles, { clock, onTrouble: (what, about, err) => log.warn({ ...about, err }, what) }),
      [t.clock, t.log],
    );
    bind(t.eventStore).toResolvedValue((parts) => parts.eventStore(), [t.storage]);
    bind(t.feed).toResolvedValue((parts) => parts.feed(), [t.storage]);
    bind(t.partitions).toResolvedValue(({ partitions }) => partitions, [t.storage]);
    bind(t.park).toResolvedValue((parts) => parts.park(), [t.storage]);
    bind(t.leases).toResolvedValue((parts) => parts.leases(), [t.storage]);
    bind(t.views).toResolvedValue((parts) => parts.views(), [t.storage]);
    bind(t.snapshots).toResolvedValue((parts) => parts.snapshots(), [t.storage]);
    bind(t.idempotency).toResolvedValue((parts) => parts.idempotency(), [t.storage]);
    bind(CommandHandler).toResolvedValue(
      (store, catalogue, clock, ids, snapshots, log, registry) =>
        new CommandHandler(
          store,
          catalogue,
          clock,
          ids,
          {},
          {
            snapshots,
            onTrouble: (what, stream, err) => log.warn({ stream, err }, what),
          },
          commandMetrics(registry),
        ),
      [t.eventStore, EventCatalogue, t.clock, t.ids, t.snapshots, t.log, t.registry],
    );
  });
