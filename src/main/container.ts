import 'reflect-metadata';
import { Container } from 'inversify';
import type { Adapters } from './adapters.js';
import { bankingModule } from './modules/banking.js';
import { platformModule } from './modules/platform.js';
import { readsModule } from './modules/reads.js';
import { storageModule } from './modules/storage.js';
import { ticketingModule } from './modules/ticketing.js';
import type { Role } from './roles.js';
import type { Settings } from './settings.js';

/** Everything of the platform as one process has it: made when it is first asked for, and once. */
export const createContainer = (settings: Settings, roles: ReadonlySet<Role>, adapters: Adapters): Container => {
  const container = new Container({ defaultScope: 'Singleton' });
  container.load(
    platformModule(settings),
    storageModule(settings, roles, adapters),
    bankingModule(settings, roles, adapters),
    ticketingModule(),
    readsModule(),
  );
  return container;
};
