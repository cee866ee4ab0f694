import { setTimeout as sleep } from 'node:timers/promises';
import { Backbone } from './backbone.js';
import { auditBackbone, type BackboneAudit } from './backbone-audit.js';
import { Acknowledged, type Counter, type Intent, serve } from './customers.js';
import { orderAtRest } from './order-at-rest.js';
import { diceOf } from './torture.js';

export interface ChaosOptions {
  /** That customers wish for at least: they go on until each process has died once. */
  readonly orders: number;
  /** How many processes have these roles. */
  readonly processes: Readonly<Record<string, number>>;
  readonly seed: number;
  readonly clients: number;
  /** Hears of every death. */
  say?(line: string): void;
}

export interface Chaos extends BackboneAudit {
  readonly orders: number;
  /** Those that were given a number: the rest found all sold. */
  readonly answered: number;
  readonly tickets: number;
  readonly capacity: number;
  /** Deaths by role. */
  readonly deaths: Readonly<Record<string, number>>;
}

interface Mortal {
  readonly name: string;
  kill(): Promise<void>;
  restart(): Promise<void>;
}

/** Between two orders of a customer, and between a death and the next start, at most. */
const thinkMs = 1_000;
const awayMs = 1_000;

const intents: readonly Intent[] = ['keep', 'keep', 'keep', 'keep', 'refund', 'declined', 'cancel', 'leave'];

/**
 * Customers who repeat every request under its key until it is answered, while one process after the other, ours and those
 * that ours stand on, is killed at random and started again; each of them once at least. MongoDB comes back empty. Then all comes to rest and is audited.
 */
export const chaos = async ({ orders, processes, seed, clients, say }: ChaosOptions): Promise<Chaos> => {
  const dice = diceOf(seed);
  const backbone = await Backbone.start({ processes });
  const shop = () => backbone.shop;
  try {
    const capacity = Math.ceil(1.2 * orders);
    const saleId = await backbone.shop.openSale({ capacity, holdSeconds: 1_800 });
    const card = await backbone.shop.issueCard(1_000_000_000_000);
    const badToken = await backbone.shop.testCard('4000000000000002');
    const told = new Acknowledged([card]);
    const counter: Counter = { shop, saleId, card, badToken, told };
    let begun = 0;
    let rounds = 0;
    const client = async (): Promise<void> => {
      while (begun < orders || rounds === 0) {
        begun++;
        await serve(counter, intents[dice(intents.length)] ?? 'keep', 1 + dice(2));
        await sleep(dice(thinkMs));
      }
    };
    const deaths: Record<string, number> = {};
    let isOver = false;
    const crowd = Promise.all(Array.from({ length: clients }, client)).finally(() => {
      isOver = true;
    });
    const mortals: readonly Mortal[] = [
      { name: 'event-store', kill: () => backbone.eventStore.kill(), restart: () => backbone.eventStore.restart() },
      { name: 'kafka', kill: () => backbone.kafka.kill(), restart: () => backbone.kafka.restart() },
      { name: 'mongodb', kill: () => backbone.mongo.server.kill(), restart: () => backbone.mongo.restart() },
      ...backbone.parts.map((part) => ({
        name: part.roles,
        kill: () => part.kill(),
        restart: () => part.restart(),
      })),
    ];
    const killing = async (): Promise<void> => {
      for (; !isOver; rounds++) {
        const round = mortals.map((mortal) => ({ mortal, turn: dice(1_000_000) })).sort((a, b) => a.turn - b.turn);
        for (const { mortal } of round) {
          if (isOver) return;
          await mortal.kill();
          await sleep(dice(awayMs));
          await mortal.restart();
          deaths[mortal.name] = (deaths[mortal.name] ?? 0) + 1;
          say?.(`killed ${mortal.name}: ${begun} orders begun, ${told.orderIds.length} answered`);
        }
      }
    };
    await Promise.all([crowd, killing()]);
    for (const orderId of told.orderIds) await orderAtRest(shop, orderId);
    const audit = await auditBackbone(backbone, told.expectations());
    return { ...audit, orders: begun, answered: told.orderIds.length, tickets: told.sold, capacity, deaths };
  } catch (cause) {
    say?.(backbone.warnings);
    throw cause;
  } finally {
    await backbone.stop();
  }
};
