import type { NodeProcess } from '../harness/node-process.js';
import { readyText } from '../harness/node-process.js';
import type { Places } from '../harness/platform.js';
import { startPeer } from '../peers/peer-process.js';
import type { Postgres } from '../peers/postgres.js';

export type Form = 'for-update' | 'one-statement';

const asJson = { 'Content-Type': 'application/json' };

/** The route before PostgreSQL, in a process of its own. */
export class PostgresSale {
  private constructor(
    private readonly process: NodeProcess,
    private readonly postgres: Postgres,
    readonly url: string,
  ) {}

  static async start(form: Form, postgres: Postgres, connections: number): Promise<PostgresSale> {
    const server = await startPeer('hot-sale/server.mjs', { args: [form, postgres.url, String(connections)] });
    return new PostgresSale(server, postgres, readyText(server, 'url'));
  }

  /** Of the server in Node and of PostgreSQL. */
  processorSeconds(): number {
    return this.process.processorSeconds() + this.postgres.processorSeconds();
  }

  async openSale(capacity: number): Promise<string> {
    const body = JSON.stringify({ capacity });
    const response = await fetch(`${this.url}/sales`, { method: 'POST', headers: asJson, body });
    const { saleId } = JSON.parse(await response.text());
    return String(saleId);
  }

  async places(saleId: string): Promise<Places> {
    const response = await fetch(`${this.url}/sales/${saleId}`);
    return JSON.parse(await response.text());
  }

  stop(): Promise<void> {
    return this.process.stop();
  }
}
