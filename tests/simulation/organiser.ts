import { Client } from './client.js';
import { epoch } from './host.js';
import type { Told } from './told.js';
import type { World } from './world.js';

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Someone who offers few tickets, pauses the sale and changes how many there are. */
export class Organiser {
  readonly #client: Client;

  constructor(
    private readonly world: World,
    private readonly told: Told,
  ) {
    this.#client = new Client('organiser', world);
  }

  async live(): Promise<void> {
    const { chance } = this.world;
    const saleIds: string[] = [];
    for (let sales = chance.between(1, 2); sales > 0; sales--) saleIds.push(await this.#offer());
    for (let turns = chance.between(0, 4); turns > 0; turns--) {
      await this.#client.pause(0, 120_000);
      await this.#change(chance.one(saleIds));
    }
  }

  async #offer(): Promise<string> {
    const { chance } = this.world;
    const capacity = chance.between(3, 16);
    const seats = chance.happens(0.3) ? Array.from({ length: capacity + 2 }, (_, index) => `A ${index}`) : undefined;
    const body = {
      name: 'The Last Night',
      venue: 'Old Harbour Hall',
      startsAt: new Date(epoch + 90 * 24 * 3_600_000).toISOString(),
      ...(seats === undefined ? { capacity } : { seats }),
      price: { amountMinor: chance.happens(0.2) ? 0 : chance.between(100, 2_000), currency: 'EUR' },
      perPersonLimit: chance.between(2, 6),
      holdSeconds: chance.one([20, 60, 300]),
    };
    const announced = await this.#client.post('announceSale', { body });
    const saleId = text(announced.body.saleId);
    await this.#client.post('openSale', { params: { saleId } });
    this.told.sales.push({ saleId, seats });
    return saleId;
  }

  async #change(saleId: string): Promise<void> {
    const { chance } = this.world;
    const params = { saleId };
    if (chance.happens(0.5)) {
      await this.#client.post('pauseSale', { params });
      await this.#client.pause(0, 20_000);
      await this.#client.post('openSale', { params });
      return;
    }
    await this.#client.once('changeCapacity', { params, body: { capacity: chance.between(1, 20) } });
  }
}
