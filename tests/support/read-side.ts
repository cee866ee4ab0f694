import { randomUUID } from 'node:crypto';
import { parkingReader } from '../../src/application/feed/parking-reader.js';
import type { Appended } from '../../src/application/ports/event-store.js';
import { builtBy } from '../../src/application/views/interpret.js';
import { Projector } from '../../src/application/views/projector.js';
import { Turns } from '../../src/application/views/turns.js';
import { ViewProgress } from '../../src/application/views/view-progress.js';
import type { DomainEvent } from '../../src/domain/event.js';
import { EmbeddedEventStore } from '../../src/infrastructure/event-store/embedded/embedded-event-store.js';
import { EmbeddedFeed } from '../../src/infrastructure/feed/embedded/embedded-feed.js';
import { EmbeddedPark } from '../../src/infrastructure/feed/embedded/embedded-park.js';
import { EmbeddedLeases } from '../../src/infrastructure/leases/embedded/embedded-leases.js';
import { EmbeddedViewStore } from '../../src/infrastructure/views/embedded/embedded-view-store.js';
import { openCatalogue, partitions, projections } from '../../src/main/catalogue.js';
import type { Projection } from '../../src/projections/projection.js';
import { realClock } from './temp-store.js';

export const catalogue = openCatalogue();

const metadata = JSON.stringify({ correlationId: 'c', causationId: 'c' });

/** The embedded event store, feed and views over one folder, with every projection at work. */
export class ReadSide {
  readonly progress: ViewProgress;
  readonly #revisions = new Map<string, bigint>();
  readonly #projectors = new Map<string, Projector>();

  private constructor(
    readonly store: EmbeddedEventStore,
    readonly feed: EmbeddedFeed,
    readonly park: EmbeddedPark,
    readonly views: EmbeddedViewStore,
    readonly leases: EmbeddedLeases,
  ) {
    this.progress = new ViewProgress(views, realClock);
  }

  /** Every projector is started; `join` lets them read the feed. */
  static async open(folder: string): Promise<ReadSide> {
    const store = await EmbeddedEventStore.open({ folder, clock: realClock });
    const feed = new EmbeddedFeed({ store, folder, partitions, clock: realClock, wait: { firstMs: 1, longestMs: 5 } });
    const leases = new EmbeddedLeases(folder);
    const views = EmbeddedViewStore.open({ folder });
    const side = new ReadSide(store, feed, new EmbeddedPark(folder), views, leases);
    const { progress } = side;
    const rebuilds = new Turns();
    const parts = { store, views, progress, partitions, leases, holder: 'side', rebuilds };
    for (const projection of projections) {
      const projector = new Projector(builtBy(catalogue, projection), parts);
      side.#projectors.set(projection.name, projector);
      await projector.start();
    }
    return side;
  }

  join(): void {
    for (const projector of this.#projectors.values()) {
      const { group, types } = projector;
      const take = projector.handle.bind(projector);
      const assigned = projector.assigned.bind(projector);
      this.feed.subscribe(parkingReader({ group, types, take, assigned, park: this.park, clock: realClock }));
    }
  }

  projector(projection: Projection): Projector {
    const projector = this.#projectors.get(projection.name);
    if (projector === undefined) throw new Error(`no projector of ${projection.name}`);
    return projector;
  }

  async append(stream: string, ...events: readonly DomainEvent[]): Promise<Appended> {
    const news = events.map((event) => ({ id: randomUUID(), ...catalogue.encode(event), metadata }));
    const expected = this.#revisions.get(stream) ?? 'no-stream';
    const appended = await this.store.append(stream, news, expected);
    this.#revisions.set(stream, appended.revision);
    return appended;
  }

  /** Waits till every projection has applied all that the store has. @throws Error naming those behind */
  async caughtUp(only: readonly Projection[] = projections): Promise<void> {
    const marks = [{ partition: 0, position: await this.store.head() }];
    for (const projection of only) {
      if (!(await this.progress.waitFor(projection, marks, { timeoutMs: 10_000 }))) {
        throw new Error(`${projection.name} is behind`);
      }
    }
  }

  async close(): Promise<void> {
    await this.feed.close();
    await this.park.close();
    await this.views.close();
    await this.leases.close();
    await this.store.close();
  }
}
