import { Client } from './client.js';
import type { World } from './world.js';

const patienceMs = 60_000;

/** Someone who has views made anew and compared while tickets are sold. */
export class Operator {
  readonly #client: Client;

  constructor(private readonly world: World) {
    this.#client = new Client('operator', world);
  }

  async live(): Promise<void> {
    const { chance, scheduler } = this.world;
    for (let turns = chance.between(0, 4); turns > 0; turns--) {
      await this.#client.pause(0, 200_000);
      if (this.world.instances.length === 0) continue;
      const { host, projectors } = chance.one(this.world.instances);
      const projector = chance.one(projectors);
      const work = chance.happens(0.7) ? projector.rebuild() : projector.verify();
      const done = work.catch((error: unknown) => this.world.onFault(host, `operator, ${projector.group}`, error));
      // The process may end in the middle of it.
      await Promise.race([done, scheduler.pause(patienceMs, 'the operator waits no longer')]);
    }
  }
}
