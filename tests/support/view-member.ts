import { beginning, type EventStore } from '../../src/application/ports/event-store.js';
import { Mutex } from '../../src/application/views/mutex.js';
import { Projector } from '../../src/application/views/projector.js';
import { viewBuilderOf } from '../../src/application/views/view-builder.js';
import { EmbeddedLeases } from '../../src/infrastructure/leases/embedded/embedded-leases.js';
import { EmbeddedViewStore } from '../../src/infrastructure/views/embedded/embedded-view-store.js';
import type { Projection } from '../../src/projections/projection.js';
import { tallyCatalogue } from './attack/tallies.js';
import type { TempStore } from './temp-store.js';

/** A process that brings one view on; its reads of the store can be held up. */
export class ViewMember {
  readonly views: EmbeddedViewStore;
  readonly leases: EmbeddedLeases;
  readonly projector: Projector;
  /** Times that it began to read the store from its beginning. */
  rebuilds = 0;
  #held = Promise.withResolvers<void>();

  constructor(
    readonly name: string,
    { folder, store }: TempStore,
    projection: Projection,
    { partitions = 1, rebuilds = new Mutex() } = {},
  ) {
    this.views = EmbeddedViewStore.open({ folder });
    this.leases = new EmbeddedLeases(folder);
    this.go();
    const readAll: EventStore['readAll'] = async (after, options) => {
      if (after === beginning) this.rebuilds++;
      await this.#held.promise;
      return store.readAll(after, options);
    };
    this.projector = new Projector(viewBuilderOf(tallyCatalogue, projection), {
      store: { head: () => store.head(), readAll },
      partitions,
      views: this.views,
      leases: this.leases,
      holder: name,
      rebuilds,
      progress: { moved: () => undefined },
    });
  }

  hold(): void {
    this.#held = Promise.withResolvers();
  }

  go(): void {
    this.#held.resolve();
  }

  async close(): Promise<void> {
    await this.views.close();
    await this.leases.close();
  }
}
