import { fileURLToPath } from 'node:url';
import { statementViolations } from '../../src/application/banking/statement-violations.js';
import { modelOf } from '../../src/application/invariants/invariant-model.js';
import { ReadOnlyEventStore } from '../../src/infrastructure/event-store/embedded/read-only-event-store.js';
import { EmbeddedViewStore } from '../../src/infrastructure/views/embedded/embedded-view-store.js';
import { openCatalogue, allProjections as projections } from '../../src/main/catalogue.js';
import { readSettings } from '../../src/main/settings.js';
import { verifyViews } from '../../src/main/verification.js';
import { orderAtRest } from './order-at-rest.js';
import { type Expectation, type Finding, outcomeViolations } from './outcomes.js';
import { settingsFor } from './platform.js';
import { compiledOnce, ServerProcess } from './server-process.js';
import type { Shop } from './shop.js';
import { checkpointOf } from './things.js';
import { until } from './until.js';

const crashingServer = fileURLToPath(new URL('./crashing-server.js', import.meta.url));

/** One data folder and the server that runs on it at the moment, if one does. */
export class TortureGround {
  #server: ServerProcess | undefined;
  /** Said by one that died before it was ready. */
  #fresh = '';

  constructor(readonly folder: string) {}

  /** The shop of the server that runs, or of the one that ran last. */
  readonly shop = (): Shop => {
    if (this.#server === undefined) throw new Error('no server was started yet');
    return this.#server.shop;
  };

  /** Starts a server, which may be told by its settings to die. @throws Error when it ends of itself otherwise */
  async start(settings: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#fresh = '';
    try {
      this.#server = await ServerProcess.start(this.folder, {
        settings: { ...compiledOnce, ...settings },
        program: crashingServer,
      });
    } catch (cause) {
      // It may come to its point while it takes up what the last one left.
      if (!String(cause).includes('dies at')) throw cause;
      this.#fresh = String(cause);
    }
  }

  /** Waits for the end of the server. @returns all that it said */
  async death(): Promise<string> {
    if (this.#fresh === '') await this.#server?.ended;
    return this.#fresh || (this.#server?.output ?? '');
  }

  /** kill -9 */
  async kill(): Promise<void> {
    await this.#server?.kill();
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
  }

  /**
   * Waits until no order is under way and the views have come as far as the events, then audits.
   * @returns what is broken
   */
  async audit(orderIds: readonly string[], expectations: () => readonly Expectation[]): Promise<readonly Finding[]> {
    for (const orderId of orderIds) await orderAtRest(this.shop, orderId);
    const store = new ReadOnlyEventStore(this.folder);
    const views = EmbeddedViewStore.open({ folder: this.folder, readOnly: true });
    try {
      await until('the views have caught up', async () => {
        const head = await store.head();
        const checkpoints = await Promise.all(projections.map((projection) => checkpointOf(views, projection, 0)));
        return checkpoints.every((checkpoint) => checkpoint >= head);
      });
      const model = await modelOf(store, openCatalogue());
      const found: Finding[] = [
        ...model.violations({ isQuiescent: true }),
        ...(await statementViolations(model.bank, views)),
        ...(await outcomeViolations(expectations(), model, views)),
      ];
      for await (const { view, differences } of verifyViews(readSettings(settingsFor(this.folder)), projections)) {
        for (const { collection, id, problem } of differences) {
          found.push({ invariant: 'outcome', subject: `${view}: ${collection}/${id}`, detail: problem });
        }
      }
      return found;
    } finally {
      await views.close();
      await store.close();
    }
  }
}
