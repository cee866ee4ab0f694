import type { Clock } from '../application/ports/clock.js';
import type { EventStore } from '../application/ports/event-store.js';
import type { Feed } from '../application/ports/feed.js';
import type { Leases } from '../application/ports/leases.js';
import type { Park } from '../application/ports/park.js';
import type { Snapshots } from '../application/ports/snapshots.js';
import type { ViewStore } from '../application/ports/views.js';
import { systemClock } from '../infrastructure/clock/system-clock.js';
import { EmbeddedEventStore } from '../infrastructure/event-store/embedded/embedded-event-store.js';
import { ReadOnlyEventStore } from '../infrastructure/event-store/embedded/read-only-event-store.js';
import { EmbeddedFeed } from '../infrastructure/feed/embedded/embedded-feed.js';
import { EmbeddedPark } from '../infrastructure/feed/embedded/embedded-park.js';
import { EmbeddedIdempotencyStore } from '../infrastructure/http/idempotency/embedded/embedded-idempotency-store.js';
import type { IdempotencyStore } from '../infrastructure/http/idempotency/idempotency-store.js';
import { EmbeddedLeases } from '../infrastructure/leases/embedded/embedded-leases.js';
import { EmbeddedSnapshots } from '../infrastructure/snapshots/embedded/embedded-snapshots.js';
import { EmbeddedViewStore } from '../infrastructure/views/embedded/embedded-view-store.js';
import { partitions } from './catalogue.js';
import { domainShape } from './domain-shape.js';
import { type Role, writesEvents } from './roles.js';
import type { Settings } from './settings.js';

/** What a process keeps its data in. Each part is opened when it is first asked for; those are closed at the end, the last first. */
export interface Storage extends AsyncDisposable {
  /** That streams are spread over. */
  readonly partitions: number;
  eventStore(): Promise<EventStore>;
  feed(): Promise<Feed>;
  park(): Promise<Park>;
  leases(): Promise<Leases>;
  views(): Promise<ViewStore>;
  snapshots(): Promise<Snapshots>;
  idempotency(): Promise<IdempotencyStore>;
}

export interface StorageOptions {
  readonly clock?: Clock;
  /** Is told of what was damaged, or can't be done at the moment: nothing is lost by it. */
  readonly onTrouble?: (what: string, about: object, error: unknown) => void;
}

export type StorageSettings = Pick<Settings, 'folder' | 'modules' | 'eventStoreUrl' | 'kafkaBrokers' | 'mongodbUrl'>;

/** @param roles of the process: who doesn't write events, or views, opens them for reading only */
export type OpenStorage = (settings: StorageSettings, roles: ReadonlySet<Role>, options?: StorageOptions) => Storage;

/** Chooses the adapter behind each port, for servers, threads and commands alike. */
export const openStorage: OpenStorage = (
  { folder },
  roles,
  { clock = systemClock, onTrouble = () => undefined } = {},
) => {
  const opened = new AsyncDisposableStack();
  const once = <Part extends { close(): Promise<void> }>(open: () => Part | Promise<Part>): (() => Promise<Part>) => {
    let part: Promise<Part> | undefined;
    const openOnce = async (): Promise<Part> => opened.adopt(await open(), (one) => one.close());
    return () => {
      part ??= openOnce();
      return part;
    };
  };
  const eventStore = once<EventStore>(() =>
    writesEvents(roles)
      ? EmbeddedEventStore.open({
          folder,
          clock,
          onDamage: (error) => onTrouble('events.db is damaged: nothing is appended any more', {}, error),
        })
      : new ReadOnlyEventStore(folder),
  );
  return {
    partitions,
    eventStore,
    feed: once(async () => {
      const onFailure = (group: string, error: unknown, attempt: number): void =>
        onTrouble('a reader could not take a batch', { group, attempt }, error);
      return new EmbeddedFeed({ store: await eventStore(), folder, partitions, clock, onFailure });
    }),
    park: once(() => new EmbeddedPark(folder)),
    leases: once(() => new EmbeddedLeases(folder)),
    views: once(() =>
      EmbeddedViewStore.open({
        folder,
        readOnly: !roles.has('projector'),
        onDamage: (reason) => onTrouble('the views are made anew', {}, reason),
      }),
    ),
    snapshots: once(
      () =>
        new EmbeddedSnapshots({
          folder,
          clock,
          shape: domainShape(),
          onDamage: (error) => onTrouble('snapshots.db was damaged and begins anew', {}, error),
        }),
    ),
    idempotency: once(() =>
      EmbeddedIdempotencyStore.open(folder, clock, { onTrouble: (what, error) => onTrouble(what, {}, error) }),
    ),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
};
