import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { classPathOf, serverFolder } from './fetch.js';
import { freePort } from './free-port.js';
import { javaFlags, StackServer } from './server-process.js';

const run = promisify(execFile);

export interface KafkaOptions {
  /** Holds data, settings and logs of all brokers. */
  readonly folder: string;
  /** 1 unless told otherwise; each is a controller too. */
  readonly brokers?: number;
  readonly say?: (line: string) => void;
}

interface Ports {
  readonly broker: number;
  readonly controller: number;
}

const log4j = `status=error
appender.console.type=Console
appender.console.name=Console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=[%d] %p %m (%c)%n
rootLogger.level=WARN
rootLogger.appenderRef.console.ref=Console
logger.started.name=kafka.server.KafkaRaftServer
logger.started.level=INFO
`;

const settingsOf = (id: number, all: readonly Ports[], folder: string): string => {
  const own = all[id - 1];
  if (own === undefined) throw new Error(`there is no broker ${id}`);
  const copies = all.length;
  const written = Math.min(2, copies);
  return `process.roles=broker,controller
node.id=${id}
controller.quorum.voters=${all.map(({ controller }, index) => `${index + 1}@127.0.0.1:${controller}`).join(',')}
listeners=PLAINTEXT://127.0.0.1:${own.broker},CONTROLLER://127.0.0.1:${own.controller}
advertised.listeners=PLAINTEXT://127.0.0.1:${own.broker}
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=${join(folder, 'data')}
auto.create.topics.enable=false
offsets.topic.replication.factor=${copies}
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=${copies}
transaction.state.log.min.isr=${written}
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=${copies}
share.coordinator.state.topic.min.isr=${written}
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
group.min.session.timeout.ms=1000
`;
};

/** 16 bytes in base64url, of which the first bit is 0: an id that begins with "-" is taken for an option of the tool. */
const newClusterId = (): string => {
  const bytes = randomBytes(16);
  bytes.writeUInt8(bytes.readUInt8(0) & 0x7f, 0);
  return bytes.toString('base64url');
};

/** One broker of a Kafka in KRaft mode. */
class Broker {
  #server: StackServer | undefined;

  constructor(
    private readonly folder: string,
    private readonly classPath: string,
    private readonly port: number,
  ) {}

  get server(): StackServer {
    if (this.#server === undefined) throw new Error('the broker was never started');
    return this.#server;
  }

  async start(): Promise<void> {
    const file = (name: string): string => join(this.folder, name);
    this.#server = await StackServer.start({
      program: 'java',
      args: [
        `-Dlog4j2.configurationFile=${file('log4j2.properties')}`,
        '-Xms128m',
        '-Xmx256m',
        ...javaFlags,
        '-cp',
        this.classPath,
        'kafka.Kafka',
        file('server.properties'),
      ],
      port: this.port,
      logFile: file('kafka.log'),
      readyText: 'Kafka Server started',
    });
  }

  /** @param clusterId of all brokers together */
  async format(settings: string, clusterId: string): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const file = (name: string): string => join(this.folder, name);
    await writeFile(file('log4j2.properties'), log4j);
    await writeFile(file('server.properties'), settings);
    if (existsSync(join(this.folder, 'data', 'meta.properties'))) return;
    const tool = ['-cp', this.classPath, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c'];
    const quiet = `-Dlog4j2.configurationFile=${file('log4j2.properties')}`;
    await run('java', [quiet, ...javaFlags, ...tool, file('server.properties')]);
  }
}

/** A real Kafka on loopback, without a container: one process a broker. */
export class Kafka {
  readonly product = 'Apache Kafka 4.3.1';

  private constructor(
    /** `host:port` of each broker. */
    readonly addresses: readonly string[],
    private readonly brokers: readonly Broker[],
  ) {}

  /** On a folder that holds one already, it goes on with what is there. */
  static async start({ folder, brokers = 1, say }: KafkaOptions): Promise<Kafka> {
    const classPath = classPathOf(await serverFolder('kafka', say));
    const all: Ports[] = [];
    for (let id = 1; id <= brokers; id++) {
      all.push({ broker: await freePort(), controller: await freePort() });
    }
    const clusterId = newClusterId();
    const made = all.map(({ broker }, index) => new Broker(join(folder, `broker-${index + 1}`), classPath, broker));
    const formats = made.map((broker, index) =>
      broker.format(settingsOf(index + 1, all, join(folder, `broker-${index + 1}`)), clusterId),
    );
    await Promise.all(formats);
    const kafka = new Kafka(
      all.map(({ broker }) => `127.0.0.1:${broker}`),
      made,
    );
    await kafka.restart();
    return kafka;
  }

  /** @param id of one broker, from 1 up; all when left out */
  async restart(id?: number): Promise<void> {
    await Promise.all(this.#chosen(id).map((broker) => broker.start()));
  }

  async stop(id?: number): Promise<void> {
    await Promise.all(this.#chosen(id).map(({ server }) => server.stop()));
  }

  async kill(id?: number): Promise<void> {
    await Promise.all(this.#chosen(id).map(({ server }) => server.kill()));
  }

  freeze(id?: number): void {
    for (const { server } of this.#chosen(id)) server.freeze();
  }

  resume(id?: number): void {
    for (const { server } of this.#chosen(id)) server.resume();
  }

  #chosen(id: number | undefined): readonly Broker[] {
    return this.brokers.filter((_, index) => id === undefined || id === index + 1);
  }
}
