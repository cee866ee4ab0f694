import type { ServiceIdentifier } from 'inversify';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Bank } from '../application/ports/bank.js';
import type { Clock } from '../application/ports/clock.js';
import type { EventStore } from '../application/ports/event-store.js';
import type { Feed } from '../application/ports/feed.js';
import type { Ids } from '../application/ports/ids.js';
import type { Leases } from '../application/ports/leases.js';
import type { Park } from '../application/ports/park.js';
import type { Snapshots } from '../application/ports/snapshots.js';
import type { ViewStore } from '../application/ports/views.js';
import type { DueProcesses } from '../application/processes/due-processes.js';
import type { SealingKey } from '../application/sealing-key.js';
import type { Projector } from '../application/views/projector.js';
import type { IdempotencyStore } from '../infrastructure/http/idempotency/idempotency-store.js';
import type { BankServer } from '../infrastructure/payments/grpc/bank-server.js';
import type { KeysFor } from './keys.js';
import type { Storage } from './storage.js';

const token = <T>(name: string): ServiceIdentifier<T> => Symbol.for(name);

/** What the container holds that has no class of its own: ports, and what is made by a function. */
export const tokens = {
  log: token<Logger>('log'),
  registry: token<Registry>('registry'),
  clock: token<Clock>('clock'),
  ids: token<Ids>('ids'),
  keys: token<KeysFor>('keys'),
  /** Whoever asks for a part of it opens that part. */
  storage: token<Storage>('storage'),
  eventStore: token<EventStore>('eventStore'),
  partitions: token<number>('partitions'),
  feed: token<Feed>('feed'),
  park: token<Park>('park'),
  leases: token<Leases>('leases'),
  views: token<ViewStore>('views'),
  idempotency: token<IdempotencyStore>('idempotency'),
  snapshots: token<Snapshots>('snapshots'),
  /** Seals card tokens that events carry. */
  cardTokens: token<SealingKey>('cardTokens'),
  projectors: token<readonly Projector[]>('projectors'),
  /** Of orders and sales. */
  ticketingProcesses: token<DueProcesses>('ticketingProcesses'),
  /** Of card payments. */
  bankProcesses: token<DueProcesses>('bankProcesses'),
  bankServer: token<BankServer>('bankServer'),
  bank: token<Bank & { close(): void }>('bank'),
};
