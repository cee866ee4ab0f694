import type { View } from '../../projections/projection.js';
import type { BatchPlace } from '../feed/parking-reader.js';
import { beginning, type EventStore, type Position, type RecordedEvent } from '../ports/event-store.js';
import type { Lease, Leases } from '../ports/leases.js';
import {
  type AppliedEvent,
  OtherGeneration,
  type Rebuild,
  ViewBehind,
  type ViewStore,
  ViewsUnavailable,
} from '../ports/views.js';
import { type Comparison, compare } from './compare.js';
import { Mutex } from './mutex.js';
import { type LeftOut, Replay, type ReplaySource } from './replay.js';
import type { ViewBuilder } from './view-builder.js';
import type { ViewProgress } from './view-progress.js';

export interface ProjectorParts extends ReplaySource {
  readonly store: Pick<EventStore, 'readAll' | 'head'>;
  readonly views: ViewStore;
  readonly leases: Pick<Leases, 'claim'>;
  /** This process, as others see it that wait for what it makes. */
  readonly holder: string;
  /** Rebuilds of one process, one after the other: each keeps documents in memory. */
  readonly rebuilds: Mutex;
  readonly progress: Pick<ViewProgress, 'moved'>;
}

export interface Rebuilt {
  readonly upTo: Position;
  readonly leftOut: readonly LeftOut[];
}

/** What a rebuild has between two signs of life: a page of events, or the indexes of its documents. */
const leaseMs = 10_000;

/** Readers have long finished what they began in a generation that is no longer live. */
const retiredMs = 60_000;

const higher = (left: Position, right: Position): Position => (left > right ? left : right);

/**
 * Keeps one view's documents in step with the events, in the partitions that the feed assigns to it. The feed keeps
 * the group's position and the view store a checkpoint with the documents; where the checkpoint is the lower of the two
 * (views lost, an old copy restored), the events between are read from the event store. Where it is the higher, the
 * repeats are dropped.
 */
export class Projector {
  /** Its name in the feed, of all versions: a new version builds from the store, then goes on where the old one was. */
  readonly group: string;
  readonly types: readonly string[];
  readonly restMs: number;
  readonly view: View;
  readonly #mutex = new Mutex();
  /** How far the documents are at least in each of its partitions, if nothing happened to them. */
  readonly #owned = new Map<number, Position>();
  #isEnding = false;
  #isLeading = false;
  #wasLive = false;

  constructor(
    private readonly builder: ViewBuilder,
    private readonly parts: ProjectorParts,
  ) {
    this.view = builder.view;
    this.group = builder.view.name;
    this.types = builder.types;
    this.restMs = builder.restMs ?? 0;
  }

  /**
   * Drops what a process that died left in the making, and gives readers an empty view at once where there are no events.
   * @throws ViewsUnavailable while another makes the view anew
   */
  async start(): Promise<void> {
    const { views, store } = this.parts;
    await this.#lead(async (lease) => {
      await views.dropUnfinished(this.view, lease.token);
      const isEmpty = (await views.live(this.view)) === undefined && (await store.head()) === beginning;
      if (isEmpty) await this.#rebuildAs(lease, (work) => work());
    });
  }

  /** The partition's documents are brought up to `after`; rebuilt if they are of another version, lost, or ahead of the store. */
  async assigned(partition: number, after: Position): Promise<void> {
    this.#owned.set(partition, after);
    await this.#mutex.run(async () => {
      const checkpoint = await this.#checkpoint(partition);
      if (checkpoint > (await this.parts.store.head())) await this.#rebuild((work) => work());
      await this.#repair(partition, after);
    });
  }

  revoked(partition: number): void {
    this.#owned.delete(partition);
  }

  /**
   * Applies events of one partition, then moves the checkpoint; a parked event that is tried again moves none.
   * @throws UnreadableEvent, or what the builder throws: nothing of the batch is applied then
   * @throws OtherGeneration while another version of the view is live
   * @throws ViewBehind when the documents are lost again the moment they were brought on
   */
  async handle(events: readonly RecordedEvent[], { partition, after, upTo }: BatchPlace): Promise<void> {
    const applied = await this.builder.project(events);
    const { views, progress } = this.parts;
    await this.#mutex.run(async () => {
      if (after === undefined) await views.apply(this.view, partition, applied, beginning);
      else await this.#apply(applied, { partition, after, upTo });
    });
    progress.moved(this.view);
  }

  /** Brings documents on that were lost or taken back to an older state, also while no event comes. */
  async repair(): Promise<void> {
    await this.#mutex.run(async () => {
      for (const [partition, due] of this.#owned) await this.#repair(partition, due);
    });
    await this.parts.views.dropRetired(this.view, retiredMs);
  }

  /** Gives up what is made anew or brought on just now: another process, or the next start, begins it anew. */
  stop(): void {
    this.#isEnding = true;
  }

  /** Makes the documents anew from the event store; readers keep the old ones till the new are whole. */
  rebuild(): Promise<Rebuilt> {
    return this.#rebuild((work) => this.#mutex.run(work));
  }

  /** Folds the events beside the live documents and names each document that isn't what the events make of it. */
  async verify(): Promise<Comparison & { readonly leftOut: readonly LeftOut[] }> {
    const shadow = await this.parts.views.rebuild(this.view);
    try {
      const replay = new Replay(this.parts, this.builder, shadow);
      await replay.run();
      return await this.#mutex.run(async () => {
        await replay.run();
        for (let partition = 0; partition < this.parts.partitions; partition++) {
          await this.#catchUp(partition, replay.position);
        }
        const comparison = await compare(this.parts.views, this.view, shadow);
        return { ...comparison, leftOut: replay.leftOut };
      });
    } finally {
      await shadow.discard();
    }
  }

  #rebuild(inTurn: (work: () => Promise<void>) => Promise<void>): Promise<Rebuilt> {
    return this.#lead((lease) => this.parts.rebuilds.run(() => this.#rebuildAs(lease, inTurn)));
  }

  /**
   * Others of the view's projectors leave it alone meanwhile. So does this one, also once its lease has lapsed: of two
   * rebuilds of its own each would wait for what the other holds.
   */
  async #lead<T>(work: (lease: Lease) => Promise<T>): Promise<T> {
    const { leases, holder } = this.parts;
    const { name } = this.view;
    if (this.#isLeading) throw new ViewsUnavailable(`the view ${name} is being rebuilt`);
    this.#isLeading = true;
    try {
      const lease = await leases.claim(`rebuild:${name}`, holder, leaseMs);
      if (lease === undefined) throw new ViewsUnavailable(`another process is rebuilding the view ${name}`);
      try {
        return await work(lease);
      } finally {
        await quietly(lease.release());
      }
    } finally {
      this.#isLeading = false;
    }
  }

  /** Who loses the lease can't promote: another has begun anew. */
  async #rebuildAs(lease: Lease, inTurn: (work: () => Promise<void>) => Promise<void>): Promise<Rebuilt> {
    const { views, progress } = this.parts;
    await lease.renew();
    await views.dropUnfinished(this.view, lease.token);
    const generation = await views.rebuild(this.view, lease.token);
    try {
      const onPage = (): Promise<void> => this.#goOn().then(() => lease.renew());
      const replay = new Replay(this.parts, this.builder, generation, { onPage });
      await replay.run();
      await inTurn(async () => {
        await replay.run();
        await lease.renew();
        await generation.promote();
        this.#wasLive = true;
        for (const partition of this.#owned.keys()) this.#remember(partition, replay.position);
      });
      progress.moved(this.view);
      return { upTo: replay.position, leftOut: replay.leftOut };
    } catch (error) {
      await quietly(generation.discard());
      throw error;
    }
  }

  async #apply(events: readonly AppliedEvent[], { partition, after, upTo }: Required<BatchPlace>): Promise<void> {
    const due = this.#due(partition, after);
    const apply = () => this.parts.views.apply(this.view, partition, events, upTo, due);
    try {
      await apply();
    } catch (error) {
      if (!(error instanceof ViewBehind || error instanceof OtherGeneration)) throw error;
      await this.#repair(partition, due);
      await apply();
    }
    this.#remember(partition, upTo);
  }

  /** Finds documents that were lost or taken back to a state before `due`, and brings them on. */
  async #repair(partition: number, due: Position): Promise<void> {
    const { views } = this.parts;
    const live = await views.live(this.view);
    if (live?.version !== this.view.version) {
      // A projector of another version that took over stays: this one must not take the view back from it.
      if (live !== undefined && this.#wasLive) throw new OtherGeneration(this.view);
      await this.#rebuild((work) => work());
      return;
    }
    this.#wasLive = true;
    if ((live.checkpoints[partition] ?? beginning) < due) await this.#catchUp(partition, due);
  }

  /** What the documents have had already is dropped. */
  async #catchUp(partition: number, until: Position): Promise<void> {
    const { views, progress } = this.parts;
    const from = await this.#checkpoint(partition);
    const live: Pick<Rebuild, 'apply'> = {
      apply: (...[, events, upTo]) => views.apply(this.view, partition, events, upTo, from),
    };
    const replay = new Replay(this.parts, this.builder, live, { from, partition, onPage: () => this.#goOn() });
    await replay.run(until);
    this.#remember(partition, replay.position);
    progress.moved(this.view);
  }

  async #goOn(): Promise<void> {
    if (this.#isEnding) throw new ViewsUnavailable('this process is stopping');
  }

  async #checkpoint(partition: number): Promise<Position> {
    const live = await this.parts.views.live(this.view);
    return (live?.version === this.view.version && live.checkpoints[partition]) || beginning;
  }

  /** How far the documents are at least, if nothing happened to them. */
  #due(partition: number, after: Position): Position {
    return higher(after, this.#owned.get(partition) ?? beginning);
  }

  #remember(partition: number, upTo: Position): void {
    const known = this.#owned.get(partition);
    if (known !== undefined) this.#owned.set(partition, higher(known, upTo));
  }
}

/** What led here is the one to tell; what stays behind is dropped by the next rebuild, and a lease lapses. */
const quietly = async (work: Promise<void>): Promise<void> => {
  try {
    await work;
  } catch {
    // The store is away.
  }
};
