import type { Projection } from '../../projections/projection.js';
import type { BatchPlace } from '../feed/parking-reader.js';
import { beginning, type EventStore, type Position, type StoredEvent } from '../ports/event-store.js';
import type { Feed } from '../ports/feed.js';
import { OtherGeneration, type Rebuild, ViewBehind, type ViewStore } from '../ports/views.js';
import { type Comparison, compare } from './compare.js';
import { interpret, typesOf } from './interpret.js';
import { type LeftOut, type Project, Replay, type ReplaySource } from './replay.js';
import { Turns } from './turns.js';
import type { ViewProgress } from './view-progress.js';

export interface ProjectorParts extends ReplaySource {
  readonly store: Pick<EventStore, 'readAll' | 'head'>;
  readonly feed: Pick<Feed, 'position'>;
  readonly views: ViewStore;
  readonly progress: Pick<ViewProgress, 'moved'>;
}

export interface Rebuilt {
  readonly upTo: Position;
  readonly leftOut: readonly LeftOut[];
}

const higher = (left: Position, right: Position): Position => (left > right ? left : right);

const lower = (left: Position, right: Position): Position => (left < right ? left : right);

/**
 * Keeps one projection's documents in step with the events. The feed keeps the group's position and the view store a
 * checkpoint with the documents; where the checkpoint is the lower of the two (views lost, an old copy restored), the
 * events between are read from the event store. Where it is the higher, the documents' marks make the repeats harmless.
 */
export class Projector {
  /** Its name in the feed, of all versions: a new version builds from the store, then goes on where the old one was. */
  readonly group: string;
  readonly types: readonly string[];
  readonly #project: Project;
  readonly #turns = new Turns();
  readonly #reached = new Map<number, Position>();

  constructor(
    readonly projection: Projection,
    private readonly parts: ProjectorParts,
    project?: Project,
  ) {
    this.#project = project ?? ((events) => events.map((event) => interpret(parts.catalogue, projection, event)));
    this.group = projection.name;
    this.types = typesOf(projection);
  }

  /** Makes the view ready before the feed is joined: rebuilt if it is new, lost, or ahead of the store. */
  async start(): Promise<void> {
    await this.#turns.take(async () => {
      const { views, store, feed, partitions } = this.parts;
      const head = await store.head();
      let isBehind = false;
      for (let partition = 0; partition < partitions; partition++) {
        const checkpoint = await views.checkpoint(this.projection, partition);
        if (checkpoint === beginning || checkpoint > head) {
          await this.#rebuild((work) => work());
          return;
        }
        const taken = await feed.position(this.group, partition);
        if (checkpoint < taken) isBehind = true;
        this.#reached.set(partition, checkpoint);
      }
      if (isBehind) await this.#catchUp();
    });
  }

  /**
   * Applies events of one partition, then moves the checkpoint.
   * @throws UnreadableEvent, or what a handler of the projection throws: nothing of the batch is applied then
   * @throws OtherGeneration while another version of the projection is live
   * @throws ViewBehind when the documents are lost again the moment they were brought on
   */
  async handle(events: readonly StoredEvent[], batch: BatchPlace): Promise<void> {
    const applied = await this.#project(events);
    const { partition, after = beginning, upTo } = batch;
    await this.#turns.take(async () => {
      const { views, progress } = this.parts;
      const apply = () => views.apply(this.projection, partition, applied, upTo, this.#due(partition, after));
      try {
        await apply();
      } catch (error) {
        if (!(error instanceof ViewBehind || error instanceof OtherGeneration)) throw error;
        await this.#repair(partition, after);
        await apply();
      }
      this.#remember(partition, upTo);
      progress.moved(this.projection);
    });
  }

  /** Brings documents on that were lost or taken back to an older state, also while no event comes. */
  async repair(): Promise<void> {
    await this.#turns.take(async () => {
      for (let partition = 0; partition < this.parts.partitions; partition++) {
        await this.#repair(partition, await this.parts.feed.position(this.group, partition));
      }
    });
  }

  /** Makes the documents anew from the event store; readers keep the old ones till the new are whole. */
  rebuild(): Promise<Rebuilt> {
    return this.#rebuild((work) => this.#turns.take(work));
  }

  /** Folds the events beside the live documents and names each document that isn't what the events make of it. */
  async verify(): Promise<Comparison & { readonly leftOut: readonly LeftOut[] }> {
    const shadow = await this.parts.views.rebuild(this.projection);
    try {
      const replay = new Replay(this.parts, this.projection, this.#project, shadow);
      await replay.run();
      return await this.#turns.take(async () => {
        await replay.run();
        await this.#catchUp(replay.position);
        const comparison = await compare(this.parts.views, this.projection, shadow);
        return { ...comparison, leftOut: replay.leftOut };
      });
    } finally {
      await shadow.discard();
    }
  }

  async #rebuild(inTurn: (work: () => Promise<void>) => Promise<void>): Promise<Rebuilt> {
    const { views, progress } = this.parts;
    const generation = await views.rebuild(this.projection);
    try {
      const replay = new Replay(this.parts, this.projection, this.#project, generation);
      await replay.run();
      await inTurn(async () => {
        await replay.run();
        await generation.promote();
        this.#rememberAll(replay.position);
      });
      progress.moved(this.projection);
      return { upTo: replay.position, leftOut: replay.leftOut };
    } catch (error) {
      await discardQuietly(generation);
      throw error;
    }
  }

  /**
   * Finds documents that were lost or taken back to an older state, and brings them on: those that this process has
   * written, and those that another had written up to `after`.
   */
  async #repair(partition: number, after: Position): Promise<void> {
    const { views } = this.parts;
    const checkpoint = await views.checkpoint(this.projection, partition);
    const isCurrent = checkpoint >= this.#due(partition, after);
    if (checkpoint === beginning) {
      const live = await views.live(this.projection);
      if (isCurrent && live?.version === this.projection.version) return;
      // A projector of another version that took over stays: this one must not take the view back from it.
      if (live !== undefined && live.version !== this.projection.version) throw new OtherGeneration(this.projection);
      await this.#rebuild((work) => work());
    } else if (!isCurrent) await this.#catchUp();
  }

  /**
   * From the lowest of all checkpoints: it moves them all, and what one had not come to yet would be left out. What
   * others have had already is dropped by the marks.
   */
  async #catchUp(until?: Position): Promise<void> {
    const { views, progress } = this.parts;
    const live = {
      apply: (...[partition, events, upTo]: Parameters<Rebuild['apply']>) =>
        views.apply(this.projection, partition, events, upTo),
    };
    const replay = new Replay(this.parts, this.projection, this.#project, live, await this.#lowest());
    await replay.run(until);
    this.#rememberAll(replay.position);
    progress.moved(this.projection);
  }

  async #lowest(): Promise<Position> {
    let lowest = await this.parts.views.checkpoint(this.projection, 0);
    for (let partition = 1; partition < this.parts.partitions; partition++) {
      lowest = lower(lowest, await this.parts.views.checkpoint(this.projection, partition));
    }
    return lowest;
  }

  /** How far the documents are at least, if nothing happened to them. */
  #due(partition: number, after: Position): Position {
    return higher(after, this.#reached.get(partition) ?? beginning);
  }

  #remember(partition: number, upTo: Position): void {
    if (upTo > (this.#reached.get(partition) ?? beginning)) this.#reached.set(partition, upTo);
  }

  #rememberAll(upTo: Position): void {
    for (let partition = 0; partition < this.parts.partitions; partition++) this.#remember(partition, upTo);
  }
}

/** The error that led here is the one to tell. */
const discardQuietly = async (generation: Rebuild): Promise<void> => {
  try {
    await generation.discard();
  } catch {
    // What stays behind is dropped when the store is opened the next time.
  }
};
