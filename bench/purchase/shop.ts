import { randomBytes, randomUUID } from 'node:crypto';
import { CommandHandler } from '../../src/application/command-handler.js';
import type { Bank } from '../../src/application/ports/bank.js';
import type { Position } from '../../src/application/ports/event-store.js';
import { SealingKey } from '../../src/application/sealing-key.js';
import { Orders } from '../../src/application/ticketing/orders.js';
import { Purchases } from '../../src/application/ticketing/purchases.js';
import { sale } from '../../src/domain/ticketing/sale.js';
import { availability } from '../../src/domain/ticketing/sale-state.js';
import { systemClock } from '../../src/infrastructure/clock/system-clock.js';
import { EmbeddedEventStore } from '../../src/infrastructure/event-store/embedded/embedded-event-store.js';
import { uuidIds } from '../../src/infrastructure/ids/uuid-ids.js';
import { openCatalogue } from '../../src/main/catalogue.js';
import type { PurchaseDone } from './jobs.js';

/** Says yes at once. */
const bank: Bank = {
  authorise: async () => ({ status: 'authorised', card: { cardId: 'card', brand: 'visa', lastFour: '4242' } }),
  capture: async () => ({ status: 'captured', card: { cardId: 'card', brand: 'visa', lastFour: '4242' } }),
  void: async () => ({ status: 'voided' }),
  refund: async () => ({ status: 'refunded' }),
  inquire: async () => ({ status: 'not_found' }),
};

const context = () => ({ commandId: uuidIds.next(), correlationId: uuidIds.next() });

/** The command side of the platform on an event store of its own, as the container puts it together; its bank agrees. */
export class Shop {
  readonly #saleIds: string[] = [];
  readonly #orders: Orders;
  readonly #purchases: Purchases;

  constructor(
    private readonly store: EmbeddedEventStore,
    private readonly commandHandler: CommandHandler,
  ) {
    this.#purchases = new Purchases(commandHandler, bank, systemClock, uuidIds, new SealingKey([randomBytes(32)]));
    this.#orders = new Orders(commandHandler, systemClock, this.#purchases.runner);
  }

  static async open(folder: string): Promise<Shop> {
    const store = await EmbeddedEventStore.open({ folder, clock: systemClock });
    return new Shop(store, new CommandHandler(store, openCatalogue(), systemClock, uuidIds));
  }

  async openSales(sales: number, capacity: number): Promise<void> {
    for (let number = 0; number < sales; number++) {
      const saleId = randomUUID();
      this.#saleIds.push(saleId);
      const price = { amountMinor: 5_000, currency: 'EUR' };
      const terms = {
        name: `Night ${number}`,
        venue: 'Town hall',
        startsAt: systemClock.now() + 86_400_000,
        capacity,
        price,
      };
      const announce = { type: 'Announce' as const, saleId, ...terms, perPersonLimit: 4, holdSeconds: 600 };
      const now = systemClock.now();
      await this.commandHandler.handle(sale, saleId, { ...announce, now }, context());
      await this.commandHandler.handle(sale, saleId, { type: 'Open', now }, context());
    }
  }

  /**
   * Places an order for one ticket and pays it.
   * @returns what the order came to, or the code with which it was refused
   */
  async buy(pick: number, name: string): Promise<string> {
    const saleId = this.#saleIds[pick] ?? '';
    const wish = { saleId, quantity: 1, buyer: { email: `${name}@example.com`, name } };
    const placed = await this.#orders.place(wish, context());
    if (placed.refusal !== undefined) return placed.refusal.code;
    const paid = await this.#purchases.pay(placed.value.orderId, 'token', context());
    return paid.refusal === undefined ? paid.value.order.status : paid.refusal.code;
  }

  /** From the stored events, by commandHandler that have nothing in memory. */
  async count(): Promise<PurchaseDone> {
    const fresh = new CommandHandler(this.store, openCatalogue(), systemClock, uuidIds);
    const sold: number[] = [];
    let held = 0;
    for (const saleId of this.#saleIds) {
      const places = (await fresh.query(sale, saleId, availability)).result;
      sold.push(places.sold);
      held += places.held;
    }
    const ticketIds: string[] = [];
    let events = 0;
    let isHead = false;
    for (let after = '' as Position; !isHead; ) {
      const page = await this.store.readAll(after);
      for (const event of page.events) if (event.type === 'TicketIssued') ticketIds.push(event.stream);
      events += page.events.length;
      ({ next: after, isHead } = page);
    }
    return { sold, held, events, ticketIds };
  }
}
