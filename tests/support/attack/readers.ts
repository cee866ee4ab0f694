import { type HandleEvents, Unavailable } from '../../../src/application/feed/parking-reader.js';
import type { Position, RecordedEvent } from '../../../src/application/ports/event-store.js';
import type { Feed, FeedReader } from '../../../src/application/ports/feed.js';
import type { Leases } from '../../../src/application/ports/leases.js';
import { type ViewStore, ViewsUnavailable } from '../../../src/application/ports/views.js';
import { Mutex } from '../../../src/application/views/mutex.js';
import { Projector } from '../../../src/application/views/projector.js';
import { viewBuilderOf } from '../../../src/application/views/view-builder.js';
import { ViewProgress } from '../../../src/application/views/view-progress.js';
import { realClock, until } from '../temp-store.js';
import type { AttackedSystem } from './attacked-system.js';
import type { Chance } from './chance.js';
import { Journal } from './journal.js';
import { tallies, tallyCatalogue } from './tallies.js';

/** Readers that write down what they take, by group: the types that they want. */
export const handlers: Readonly<Record<string, readonly string[] | undefined>> = {
  'takes-all': undefined,
  'takes-corrections': ['Corrected'],
};

const remembered = 300;

/** Gives some events again, cuts batches elsewhere, and fails after the effect: all that at-least-once may do. */
const redelivering = (take: HandleEvents, chance: Chance): HandleEvents => {
  const past = new Map<number, readonly RecordedEvent[]>();
  return async (events, place) => {
    const { partition } = place;
    const before = past.get(partition) ?? [];
    if (chance.next() < 0.2 && before.length > 0) {
      const from = chance.whole(0, before.length - 1);
      const again = before.slice(from, from + chance.whole(1, 50));
      await take(again, { partition, upTo: again.at(-1)?.position ?? place.upTo });
    }
    await chance.delay(10);
    const part = events.slice(0, chance.whole(1, events.length));
    const last = part.at(-1);
    if (chance.next() < 0.2 && last !== undefined) {
      await take(part, { partition, upTo: last.position });
      throw new Unavailable('cut short');
    }
    await take(events, place);
    past.set(partition, [...before, ...events].slice(-remembered));
  };
};

/** The readers of one opening of feed and views. */
export class Readers {
  private constructor(
    private readonly feed: Feed,
    private readonly views: ViewStore,
    private readonly progress: ViewProgress,
    private readonly projectors: readonly Projector[],
    private readonly journals: readonly Journal[],
    private readonly leases: Leases,
  ) {}

  static async open(system: AttackedSystem, chance: Chance, folder: string, opening: string): Promise<Readers> {
    const feed = await system.openFeed();
    const views = await system.openViews();
    const leases = await system.openLeases();
    const progress = new ViewProgress(views, realClock);
    const { store } = system;
    const { partitions } = feed;
    const rebuilds = new Mutex();
    const parts = { store, views, progress, partitions, leases, holder: opening, rebuilds };
    const projectors = tallies.map((projection) => new Projector(viewBuilderOf(tallyCatalogue, projection), parts));
    for (const projector of projectors) {
      // A process that died while it made the view anew holds it for a while.
      await projector.start().catch((cause: unknown) => {
        if (!(cause instanceof ViewsUnavailable)) throw cause;
      });
      const take = redelivering((events, place) => projector.handle(events, place), chance);
      const handle: FeedReader['handle'] = ({ events, ...place }) => take(events, place);
      const assigned: FeedReader['assigned'] = (partition, after) => projector.assigned(partition, after);
      feed.subscribe({ group: projector.group, types: projector.types, handle, assigned });
    }
    const journals = Object.entries(handlers).map(([group, types]) => {
      const journal = new Journal(folder, group, opening);
      const handle: FeedReader['handle'] = async ({ events }) => {
        await chance.delay(10);
        journal.add(events);
      };
      feed.subscribe(types === undefined ? { group, handle } : { group, types, handle });
      return journal;
    });
    return new Readers(feed, views, progress, projectors, journals, leases);
  }

  get partitions(): number {
    return this.feed.partitions;
  }

  /** What another life left under way holds the lease for a while yet. */
  async rebuild(chance: Chance): Promise<void> {
    await chance
      .of(this.projectors)
      .rebuild()
      .catch((error: unknown) => {
        if (!(error instanceof ViewsUnavailable)) throw error;
      });
  }

  /** @param last position of the last event in each partition. @throws Error naming who is behind */
  async caughtUp(last: ReadonlyMap<number, Position>): Promise<void> {
    const marks = [...last].map(([partition, position]) => ({ partition, position }));
    for (const { view } of this.projectors) {
      if (!(await this.progress.waitFor(view, marks, { timeoutMs: 20_000 }))) {
        throw new Error(`the view ${view.name} is behind`);
      }
    }
    for (const group of Object.keys(handlers)) {
      for (const { partition, position } of marks) {
        const isThere = async () =>
          (await this.feed.lags()).some(
            (lag) => lag.group === group && lag.partition === partition && lag.position >= position,
          );
        await until(`${group} comes to the end of partition ${partition}`, isThere, 20_000);
      }
    }
  }

  async close(): Promise<void> {
    await this.feed.close();
    await this.views.close();
    await this.leases.close();
    for (const journal of this.journals) journal.close();
  }
}
