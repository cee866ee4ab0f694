import { EventStoreDbEventStore } from '../../src/infrastructure/event-store/eventstoredb/eventstoredb-event-store.js';
import { ApiClient } from '../../src/infrastructure/http/client/api-client.js';
import { MongoViewStore } from '../../src/infrastructure/views/mongodb/mongo-view-store.js';
import { freePort } from '../../stack/free-port.js';
import { Kafka } from '../../stack/kafka.js';
import { MongoWire } from '../../stack/mongodb-wire.js';
import { boxoffice } from './cli.js';
import { EventStoreProcess } from './event-store-process.js';
import { startFront } from './front.js';
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

  async kill(): Promise<void> {
    await this.#server?.kill();
  }
}

export interface BackboneOptions {
  /** How many processes have these roles; one unless told otherwise. */
  readonly processes?: Readonly<Record<string, number>>;
  /** Of all processes. */
  readonly settings?: Readonly<Record<string, string>>;
}

const havingRole = (parts: readonly BackbonePart[], role: string): readonly BackbonePart[] =>
  parts.filter(({ roles }) => roles.split(',').includes(role));

const oneOfEach = { bank: 1, 'command-api': 1, worker: 1, relay: 1, projector: 1, 'query-api': 1 };

/** The platform over an event store, Kafka and MongoDB, its roles in processes of their own, behind one address. */
export class Backbone {
  private constructor(
    readonly eventStore: EventStoreProcess,
    readonly kafka: Kafka,
    readonly mongo: MongoWire,
    readonly parts: readonly BackbonePart[],
    readonly store: EventStoreDbEventStore,
    readonly views: MongoViewStore,
    /** Of all processes together. */
    readonly api: ApiClient,
    /** One more, with settings of its own, that is the caller's to start and to end. */
    readonly another: (roles: string, settings: Readonly<Record<string, string>>) => BackbonePart,
    private readonly started: AsyncDisposableStack,
  ) {}

  static async start({ processes = oneOfEach, settings = {} }: BackboneOptions = {}): Promise<Backbone> {
    await using starting = new AsyncDisposableStack();
    const eventStore = starting.adopt(await EventStoreProcess.start(), (one) => one.dispose());
    const kafka = starting.adopt(await Kafka.start({ folder: serverData() }), (one) => one.kill());
    const mongo = starting.adopt(await MongoWire.start({ folder: serverData() }), ({ server }) => server.kill());
    const bankPort = String(await freePort());
    const all = {
      EVENTSTORE_URL: eventStore.url,
      KAFKA_BROKERS: kafka.addresses.join(','),
      MONGODB_URL: mongo.url,
      BOXOFFICE_KEY: '07'.repeat(32),
      ...compiledOnce,
      ...settings,
    };
    const applied = await boxoffice(nowhere, ['topics', 'apply', '--copies', '1'], all);
    if (applied.code !== 0) throw new Error(`there are no topics: ${applied.out}`);
    const own = (roles: string): Record<string, string> =>
      roles.includes('bank') ? { BOXOFFICE_BANK_PORT: bankPort } : { BOXOFFICE_BANK: `127.0.0.1:${bankPort}` };
    const another = (roles: string, more: Readonly<Record<string, string>> = {}): BackbonePart =>
      new BackbonePart(roles, { ...all, ...own(roles), ...more });
    const parts = Object.entries(processes).flatMap(([roles, count]) =>
      Array.from({ length: count }, () => another(roles)),
    );
    starting.defer(() => Promise.all(parts.map((part) => part.kill())).then(() => undefined));
    // One after the other is as fast on a small machine, and none waits too long for its turn.
    for (const part of parts) await part.restart();
    const store = starting.adopt(EventStoreDbEventStore.connect(eventStore.url), (one) => one.close());
    let turn = 0;
    const address = (role: string) => (): string => {
      const able = havingRole(parts, role);
      const part = able[turn++ % able.length];
      if (part === undefined) throw new Error(`nobody is ${role}`);
      return part.server.ready.url;
    };
    const behind = { command: address('command-api'), query: address('query-api'), bank: address('bank') };
    const front = starting.adopt(await startFront(behind), (one) => one.close());
    const views = new MongoViewStore({ url: mongo.url, database: 'boxoffice' });
    starting.adopt(views, (one) => one.close());
    return new Backbone(
      eventStore,
      kafka,
      mongo,
      parts,
      store,
      views,
      new ApiClient(front.url),
      another,
      starting.move(),
    );
  }

  get shop(): Shop {
    return new Shop(this.api);
  }

  /** All processes with a role. */
  with(role: string): readonly BackbonePart[] {
    return havingRole(this.parts, role);
  }

  /** What each process warned of last: for who has to find out why a test failed elsewhere. */
  get warnings(): string {
    return this.parts
      .map(({ roles, server }) => {
        const warned = server.output.split('\n').filter((line) => !/"level":(?:[123]0)\b/.test(line));
        return [`${roles} (${server.pid}):`, ...warned.slice(-25)].join('\n');
      })
      .join('\n');
  }

  stop(): Promise<void> {
    return this.started.disposeAsync();
  }
}
