import { ContainerModule } from 'inversify';
import { Cursors } from '../../application/cursor.js';
import { EventCatalogue } from '../../application/event-catalogue.js';
import { systemClock } from '../../infrastructure/clock/system-clock.js';
import { uuidIds } from '../../infrastructure/ids/uuid-ids.js';
import { createLog } from '../../infrastructure/observability/log.js';
import { createRegistry } from '../../infrastructure/observability/metrics.js';
import { openCatalogue } from '../catalogue.js';
import { openKeys } from '../keys.js';
import type { Settings } from '../settings.js';
import { needsFolder } from '../storage.js';
import { tokens as t } from '../tokens.js';

/** What all modules stand on. */
export const platformModule = (settings: Settings): ContainerModule =>
  new ContainerModule(({ bind }) => {
    bind(t.log).toResolvedValue(() => createLog({ level: settings.logLevel }), []);
    bind(t.registry).toResolvedValue(createRegistry, []);
    bind(t.clock).toConstantValue(systemClock);
    bind(t.ids).toConstantValue(uuidIds);
    bind(t.keys).toResolvedValue(
      () => openKeys(needsFolder(settings) ? settings.folder : undefined, settings.keys),
      [],
    );
    bind(EventCatalogue).toResolvedValue(openCatalogue, []);
    bind(Cursors).toResolvedValue((keys) => new Cursors(...keys('cursors')), [t.keys]);
  });
