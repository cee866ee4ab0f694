import { LRUCache } from 'lru-cache';
import { sale } from '../../domain/ticketing/sale.js';
import { type HoldDocument, holds } from '../../projections/ticketing/holds.js';
import { type OpenPurchaseDocument, openPurchases } from '../../projections/ticketing/open-purchases.js';
import type { CommandHandler } from '../command-handler.js';
import { type GrowingWait, waitMs } from '../feed/growing-wait.js';
import type { Clock } from '../ports/clock.js';
import type { Ids } from '../ports/ids.js';
import type { ViewDocument, ViewStore } from '../ports/views.js';
import type { Purchases } from './purchases.js';

export interface PurchaseWorkerOptions {
  readonly views: Pick<ViewStore, 'find'>;
  readonly commandHandler: CommandHandler;
  readonly purchases: Pick<Purchases, 'advance'>;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Between two rounds; 250 unless told otherwise. */
  readonly pollMs?: number;
  readonly onFault: (what: string, cause: unknown) => void;
}

const batch = 200;
const betweenTries: GrowingWait = { firstMs: 1_000, longestMs: 60_000 };

/** Takes up purchases that were left open, and lets holds lapse. Any number may run: the streams decide. */
export class PurchaseWorker {
  /** Orders that didn't move when they were due, and when they are looked at again. */
  readonly #stuck = new LRUCache<string, { readonly tries: number; readonly at: number }>({ max: 10_000 });

  constructor(private readonly options: PurchaseWorkerOptions) {}

  async run(signal: AbortSignal): Promise<void> {
    const { clock, pollMs = 250, onFault } = this.options;
    while (!signal.aborted) {
      await this.resumePurchases().catch((cause) => onFault('open purchases', cause));
      await this.lapseHolds().catch((cause) => onFault('holds', cause));
      await clock.sleep(pollMs, signal);
    }
  }

  /** @param slackMs also takes what is due only then: at the start, what another process left */
  async resumePurchases(slackMs = 0): Promise<void> {
    const { clock, purchases, onFault } = this.options;
    for (const { orderId } of await this.#due<OpenPurchaseDocument>(openPurchases, 'open-purchases', slackMs)) {
      const stuck = this.#stuck.get(orderId);
      if (stuck !== undefined && stuck.at > clock.now()) continue;
      const hasMoved = await purchases.advance(orderId, orderId).catch((cause) => {
        onFault(`order ${orderId}`, cause);
        return false;
      });
      const tries = (stuck?.tries ?? 0) + 1;
      if (hasMoved) this.#stuck.delete(orderId);
      else this.#stuck.set(orderId, { tries, at: clock.now() + waitMs(betweenTries, tries - 1, clock.random()) });
    }
  }

  async lapseHolds(): Promise<void> {
    const { commandHandler, clock, ids } = this.options;
    const due = await this.#due<HoldDocument>(holds, 'holds', 0);
    for (const saleId of new Set(due.map((hold) => hold.saleId))) {
      for (let isLeft = true; isLeft; ) {
        const context = { commandId: ids.next(), correlationId: saleId };
        const command = { type: 'LapseDue' as const, now: clock.now() };
        const sent = await commandHandler.handle(sale, saleId, command, context);
        isLeft = sent.refusal === undefined && sent.events.length > 0;
      }
    }
  }

  async #due<Document>(
    projection: typeof holds,
    collection: string,
    slackMs: number,
  ): Promise<readonly (ViewDocument & Document)[]> {
    const { views, clock } = this.options;
    const where = { dueAt: { $gt: 0, $lte: clock.now() + slackMs } };
    const documents = await views.find(projection, collection, { where, sort: ['dueAt'], limit: batch });
    return documents as readonly (ViewDocument & Document)[];
  }
}
