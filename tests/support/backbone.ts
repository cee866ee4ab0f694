import { EventStoreDbEventStore } from '../../src/infrastructure/event-store/eventstoredb/eventstoredb-event-store.js';
import { ApiClient } from '../../src/infrastructure/http/client/api-client.js';
import { MongoViewStore } from '../../src/infrastructure/views/mongodb/mongo-view-store.js';
import { freePort } from '../../stack/free-port.js';
import { Kafka } from '../../stack/kafka.js';
import { MongoWire } from '../../stack/mongodb-wire.js';
import { boxoffice } from './cli.js';
import { EventStoreProcess } from './event-store-process.js';
import { type Front, startFront } from './front.js';
import { compiledOnce, ServerProcess } from './server-process.js';
import { serverData } from './servers.js';
import { Shop } from './shop.js';

/** No folder can be made there: whoever keeps everything elsewhere needs none. */
const nowhere = '/proc/boxoffice';

/** A process of the platform, which may end and be started again. */
export class BackbonePart {
  #server: ServerProcess | undefined;

  constructor(
    readonly roles: string,
    private readonly settings: Readonly<Record<string, string>>,
  ) {}

  /** The process that runs, or that ran last. */
  get server(): ServerProcess {
    if (this.#server === undefined) throw new Error(`${this.roles} was never started`);
    return this.#server;
  }

  async restart(): Promise<void> {
    this.#server = await ServerProcess.start(nowhere, { roles: this.roles, settings: this.settings });
  }

  kill(): Promise<void> {
    return this.server.kill();
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
  }
}

export interface BackboneOptions {
  /** How many processes have these roles; one unless told otherwise. */
  readonly processes?: Readonly<Record<string, number>>;
  /** Of all processes. */
  readonly settings?: Readonly<Record<string, string>>;
}

const oneOfEach = { bank: 1, 'command-api': 1, worker: 1, relay: 1, projector: 1, 'query-api': 1 };

/** The platform over an event store, Kafka and MongoDB, its roles in processes of their own, behind one address. */
export class Backbone {
  #turn = 0;
  #front: Front | undefined;

  private constructor(
    readonly eventStore: EventStoreProcess,
    readonly kafka: Kafka,
    readonly mongo: MongoWire,
    readonly parts: readonly BackbonePart[],
    readonly store: EventStoreDbEventStore,
    readonly views: MongoViewStore,
  ) {}

  static async start({ processes = oneOfEach, settings = {} }: BackboneOptions = {}): Promise<Backbone> {
    const [eventStore, kafka, mongo] = await Promise.all([
      EventStoreProcess.start(),
      Kafka.start({ folder: serverData() }),
      MongoWire.start({ folder: serverData() }),
    ]);
    const bankPort = String(await freePort());
    const all = {
      EVENTSTORE_URL: eventStore.url,
      KAFKA_BROKERS: kafka.addresses.join(','),
      MONGODB_URL: mongo.url,
      BOXOFFICE_KEY: '07'.repeat(32),
      ...compiledOnce,
      ...settings,
    };
    const own = (roles: string): Record<string, string> =>
      roles.includes('bank') ? { BOXOFFICE_BANK_PORT: bankPort } : { BOXOFFICE_BANK: `127.0.0.1:${bankPort}` };
    const parts = Object.entries(processes).flatMap(([roles, count]) =>
      Array.from({ length: count }, () => new BackbonePart(roles, { ...all, ...own(roles) })),
    );
    const applied = await boxoffice(nowhere, ['topics', 'apply', '--copies', '1'], all);
    if (applied.code !== 0) throw new Error(`there are no topics: ${applied.out}`);
    const store = EventStoreDbEventStore.connect(eventStore.url);
    const views = new MongoViewStore({ url: mongo.url, database: 'boxoffice' });
    const backbone = new Backbone(eventStore, kafka, mongo, parts, store, views);
    await Promise.all(parts.map((part) => part.restart()));
    const address = (role: string): string => backbone.next(role).server.ready.url;
    backbone.#front = await startFront({
      command: () => address('command-api'),
      query: () => address('query-api'),
      bank: () => address('bank'),
    });
    return backbone;
  }

  /** Of all processes together. */
  get api(): ApiClient {
    if (this.#front === undefined) throw new Error('it has not started');
    return new ApiClient(this.#front.url);
  }

  get shop(): Shop {
    return new Shop(this.api);
  }

  /** All processes with a role. */
  with(role: string): readonly BackbonePart[] {
    return this.parts.filter(({ roles }) => roles.split(',').includes(role));
  }

  /** One of them after the other. */
  next(role: string): BackbonePart {
    const all = this.with(role);
    const part = all[this.#turn++ % all.length];
    if (part === undefined) throw new Error(`nobody is ${role}`);
    return part;
  }

  async stop(): Promise<void> {
    await this.#front?.close();
    await Promise.all(this.parts.map((part) => part.stop()));
    await this.views.close();
    await this.store.close();
    await Promise.all([this.eventStore.dispose(), this.kafka.kill(), this.mongo.server.kill()]);
  }
}
