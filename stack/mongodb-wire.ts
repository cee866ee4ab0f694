import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { classPathOf, serverFolder } from './fetch.js';
import { freePort } from './free-port.js';
import { javaFlags, StackServer } from './server-process.js';

export interface MongoWireOptions {
  /** Holds its log. */
  readonly folder: string;
  /** A free one unless told otherwise. */
  readonly port?: number;
  readonly say?: (line: string) => void;
}

/** A server that speaks MongoDB's protocol and keeps all in memory: a stand-in for development and tests. */
export class MongoWire {
  readonly product = 'mongo-java-server 1.47.0, a stand-in for MongoDB';
  #server: StackServer | undefined;

  private constructor(
    private readonly folder: string,
    private readonly classPath: string,
    private readonly port: number,
  ) {}

  static async start({ folder, port, say }: MongoWireOptions): Promise<MongoWire> {
    await mkdir(folder, { recursive: true });
    const wire = new MongoWire(
      folder,
      classPathOf(await serverFolder('mongodb-wire', say)),
      port ?? (await freePort()),
    );
    await wire.restart();
    return wire;
  }

  get url(): string {
    return `mongodb://127.0.0.1:${this.port}`;
  }

  get server(): StackServer {
    if (this.#server === undefined) throw new Error('the server was never started');
    return this.#server;
  }

  /** Empty: what it held is gone. */
  async restart(): Promise<void> {
    this.#server = await StackServer.start({
      program: 'java',
      args: ['-Xmx256m', ...javaFlags, '-cp', this.classPath, 'MongoWire', String(this.port)],
      port: this.port,
      logFile: join(this.folder, 'mongodb-wire.log'),
    });
  }
}
