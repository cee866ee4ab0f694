import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient } from '../../src/infrastructure/http/client/api-client.js';
import { root } from './checkout.js';
import { NodeProcess, readyText } from './node-process.js';

/** Places as a sale tells them. */
export interface Places {
  readonly free: number;
  readonly held: number;
  readonly sold: number;
}

const viewMs = 30_000;

/** The whole platform as `npm start` runs it, in a process and a folder of its own. */
export class Platform {
  readonly api: ApiClient;

  private constructor(
    private readonly process: NodeProcess,
    private readonly folder: string,
    readonly url: string,
  ) {
    this.api = new ApiClient(url);
  }

  static async start(
    environment: Readonly<Record<string, string>> = {},
    nodeArgs: readonly string[] = [],
  ): Promise<Platform> {
    const folder = mkdtempSync(join(tmpdir(), 'boxoffice-bench-'));
    const settings = { PORT: '0', OPERATOR_PORT: '0', BOXOFFICE_DATA: folder, ...environment };
    const cli = join(root, 'dist', 'src', 'main', 'cli.js');
    const started = await NodeProcess.start(
      cli,
      { args: ['serve'], nodeArgs, environment: settings },
      ({ msg }) => msg === 'ready',
    );
    return new Platform(started, folder, readyText(started, 'url'));
  }

  processorSeconds(): number {
    return this.process.processorSeconds();
  }

  get pid(): number {
    return this.process.pid;
  }

  async stop(): Promise<void> {
    await this.process.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Announces a sale and opens it. @returns its id */
  async openSale(capacity: number): Promise<string> {
    const terms = {
      name: 'First night',
      venue: 'Town hall',
      startsAt: '2035-05-01T20:00:00Z',
      capacity,
      price: { amountMinor: 5_000, currency: 'EUR' },
      perPersonLimit: 1,
      holdSeconds: 3_600,
    };
    const { saleId } = (await this.api.post('/v1/sales', { body: terms })).body;
    return (await this.api.post('/v1/sales/{saleId}/open', { params: { saleId } })).body.saleId;
  }

  /** The view may still be on its way to the last hold: it is asked until `isThere`, for a while. */
  async places(saleId: string, isThere: (places: Places) => boolean): Promise<Places> {
    for (const giveUpAt = performance.now() + viewMs; ; ) {
      const found = (await this.api.get('/v1/sales/{saleId}', { params: { saleId } })).body;
      if (isThere(found) || performance.now() > giveUpAt) return found;
    }
  }
}
