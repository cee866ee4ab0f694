import { randomUUID } from 'node:crypto';
import { parkingReader } from '../../src/application/feed/parking-reader.js';
import type { Appended } from '../../src/application/ports/event-store.js';
import type { Projector } from '../../src/application/views/projector.js';
import { ViewProgress } from '../../src/application/views/view-progress.js';
import type { DomainEvent } from '../../src/domain/event.js';
import { EmbeddedEventStore } from '../../src/infrastructure/event-store/embedded/embedded-event-store.js';
import { EmbeddedFeed } from '../../src/infrastructure/feed/embedded/embedded-feed.js';
import { EmbeddedPark } from '../../src/infrastructure/feed/embedded/embedded-park.js';
import { EmbeddedLeases } from '../../src/infrastructure/leases/embedded/embedded-leases.js';
import { EmbeddedViewStore } from '../../src/infrastructure/views/embedded/embedded-view-store.js';
import { openCatalogue, partitions, views } from '../../src/main/catalogue.js';
import { createProjectors } from '../../src/main/projectors.js';
import type { View } from '../../src/projections/projection.js';
import { realClock } from './temp-store.js';

export const catalogue = openCatalogue();

const metadata = { correlationId: 'c', causationId: 'c' };

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
    private readonly leases: EmbeddedLeases,
  ) {
    this.progress = new ViewProgress(views, realClock);
  }

  /** Every projector is started; `join` lets them read the feed. */
  static async open(folder: string): Promise<ReadSide> {
    const store = await EmbeddedEventStore.open({ folder, clock: realClock });
    const feed = new EmbeddedFeed({ store, folder, partitions, clock: realClock, wait: { firstMs: 1, longestMs: 5 } });
    const leases = new EmbeddedLeases(folder);
    const side = new ReadSide(store, feed, new EmbeddedPark(folder), EmbeddedViewStore.open({ folder }), leases);
    const { progress } = side;
    for (const projector of createProjectors({ store, catalogue, partitions, views: side.views, leases, progress })) {
      side.#projectors.set(projector.view.name, projector);
      await projector.start();
    }
    return side;
  }

  join(): void {
    for (const projector of this.#projectors.values()) {
      const { group, types } = projector;
      const handleEvents = projector.handle.bind(projector);
      const assigned = projector.assigned.bind(projector);
      this.feed.subscribe(parkingReader({ group, types, handleEvents, assigned, park: this.park, clock: realClock }));
    }
  }

  projector(view: View): Projector {
    const projector = this.#projectors.get(view.name);
    if (projector === undefined) throw new Error(`no projector of ${view.name}`);
    return projector;
  }

  async append(stream: string, ...events: readonly DomainEvent[]): Promise<Appended> {
    const news = events.map((event) => ({ id: randomUUID(), ...catalogue.encode(event, metadata) }));
    const expected = this.#revisions.get(stream) ?? 'no-stream';
    const appended = await this.store.append(stream, news, expected);
    this.#revisions.set(stream, appended.revision);
    return appended;
  }

  /** Waits till every projection has applied all that the store has. @throws Error naming those behind */
  async caughtUp(only: readonly View[] = views): Promise<void> {
    const marks = [{ partition: 0, position: await this.store.head() }];
    for (const view of only) {
      if (!(await this.progress.waitFor(view, marks, { timeoutMs: 10_000 }))) {
        throw new Error(`${view.name} is behind`);
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
