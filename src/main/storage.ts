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
import { eventTopics, topicCatalogue, topicOfModule } from '../infrastructure/feed/kafka/topic-catalogue.js';
import { EmbeddedIdempotencyStore } from '../infrastructure/http/idempotency/embedded/embedded-idempotency-store.js';
import type { IdempotencyStore } from '../infrastructure/http/idempotency/idempotency-store.js';
import { EmbeddedLeases } from '../infrastructure/leases/embedded/embedded-leases.js';
import { EmbeddedSnapshots } from '../infrastructure/snapshots/embedded/embedded-snapshots.js';
import { EmbeddedViewStore } from '../infrastructure/views/embedded/embedded-view-store.js';
import { allModules, moduleOfType, partitions } from './catalogue.js';
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

export type StorageSettings = Pick<
  Settings,
  'folder' | 'modules' | 'eventStoreUrl' | 'kafkaBrokers' | 'mongodbUrl' | 'bankDeadlineMs'
>;

/** What a request takes beside its call to the bank, at the longest. */
const besideBankMs = 10_000;

/** @param roles of the process: who doesn't write events, or views, opens them for reading only */
export type OpenStorage = (settings: StorageSettings, roles: ReadonlySet<Role>, options?: StorageOptions) => Storage;

/**
 * Chooses the adapter behind each port, for servers, threads and commands alike. Drivers of servers are loaded by those who
 * have the server only: a process of one folder stays small.
 */
export const openStorage: OpenStorage = (
  settings,
  roles,
  { clock = systemClock, onTrouble = () => undefined } = {},
) => {
  const { folder, eventStoreUrl, kafkaBrokers, mongodbUrl } = settings;
  const opened = new AsyncDisposableStack();
  const once = <Part extends { close(): Promise<void> }>(open: () => Part | Promise<Part>): (() => Promise<Part>) => {
    let part: Promise<Part> | undefined;
    const openOnce = async (): Promise<Part> => opened.adopt(await open(), (one) => one.close());
    return () => {
      part ??= openOnce();
      return part;
    };
  };
  const topics = kafkaBrokers && topicCatalogue();
  const mongo = mongodbUrl === undefined ? undefined : { url: mongodbUrl, database: databaseOf(settings.modules) };
  const onFailure = (group: string, error: unknown, attempt: number): void =>
    onTrouble('a reader could not take a batch', { group, attempt }, error);
  const onDamagedEvents = (error: Error): void =>
    onTrouble('events.db is damaged: nothing more is appended', {}, error);
  const onDamagedSnapshots = (error: unknown): void =>
    onTrouble('snapshots.db was damaged and starts empty', {}, error);

  const eventStore = once<EventStore>(async () => {
    if (eventStoreUrl !== undefined) {
      const { EventStoreDbEventStore } = await import(
        '../infrastructure/event-store/eventstoredb/eventstoredb-event-store.js'
      );
      return EventStoreDbEventStore.connect(eventStoreUrl);
    }
    if (!writesEvents(roles)) return new ReadOnlyEventStore(folder);
    return EmbeddedEventStore.open({ folder, clock, onDamage: onDamagedEvents });
  });
  return {
    partitions: topics?.partitions ?? partitions,
    eventStore,
    feed: once<Feed>(async () => {
      if (kafkaBrokers === undefined || topics === undefined) {
        return new EmbeddedFeed({ store: await eventStore(), folder, partitions, clock, onFailure });
      }
      const { KafkaFeed } = await import('../infrastructure/feed/kafka/kafka-feed.js');
      return new KafkaFeed({
        brokers: kafkaBrokers,
        partitions: topics.partitions,
        topics: eventTopics(topics),
        topicOf: (type) => topicOfModule(topics, moduleOfType(type)),
        clock,
        onFailure,
      });
    }),
    park: once<Park>(async () => {
      if (mongo === undefined) return new EmbeddedPark(folder);
      const { MongoPark } = await import('../infrastructure/feed/mongodb/mongo-park.js');
      return new MongoPark(mongo);
    }),
    leases: once<Leases>(async () => {
      if (mongo === undefined) return new EmbeddedLeases(folder);
      const { MongoLeases } = await import('../infrastructure/leases/mongodb/mongo-leases.js');
      return new MongoLeases(mongo);
    }),
    views: once<ViewStore>(async () => {
      if (mongo !== undefined) {
        const { MongoViewStore } = await import('../infrastructure/views/mongodb/mongo-view-store.js');
        return new MongoViewStore(mongo);
      }
      const onDamage = (reason: string): void => onTrouble('the views are being rebuilt', {}, reason);
      return EmbeddedViewStore.open({ folder, readOnly: !roles.has('projector'), onDamage });
    }),
    snapshots: once<Snapshots>(async () => {
      const own = { clock, shape: domainShape() };
      if (mongo !== undefined) {
        const { MongoSnapshots } = await import('../infrastructure/snapshots/mongodb/mongo-snapshots.js');
        return new MongoSnapshots({ ...mongo, ...own });
      }
      return new EmbeddedSnapshots({ folder, ...own, onDamage: onDamagedSnapshots });
    }),
    idempotency: once<IdempotencyStore>(async () => {
      const told = { onTrouble: (what: string, error: unknown) => onTrouble(what, {}, error) };
      if (mongo !== undefined) {
        const { MongoIdempotencyStore } = await import(
          '../infrastructure/http/idempotency/mongodb/mongo-idempotency-store.js'
        );
        const leaseMs = settings.bankDeadlineMs + besideBankMs;
        return new MongoIdempotencyStore({ ...mongo, clock, leaseMs, ...told });
      }
      return EmbeddedIdempotencyStore.open(folder, clock, told);
    }),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
};

/** Whether something of a process with these settings is kept in its folder. */
export const needsFolder = ({ eventStoreUrl, kafkaBrokers, mongodbUrl }: StorageSettings): boolean =>
  eventStoreUrl === undefined || kafkaBrokers === undefined || mongodbUrl === undefined;

/** A database a module; a process that serves them all keeps theirs together. */
export const databaseOf = (modules: Settings['modules']): string =>
  modules.size === allModules.length ? 'boxoffice' : `boxoffice_${[...modules].join('_')}`;
