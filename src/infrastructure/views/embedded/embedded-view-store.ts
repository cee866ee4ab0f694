import { join } from 'node:path';
import type { Position } from '../../../application/ports/event-store.js';
import {
  type AppliedEvent,
  type LiveView,
  OtherGeneration,
  type Query,
  type Rebuild,
  ViewBehind,
  type ViewDocument,
  type ViewStore,
  ViewsUnavailable,
} from '../../../application/ports/views.js';
import type { View } from '../../../projections/projection.js';
import type { ViewCopy } from '../view-copy.js';
import type { Connection } from './connection.js';
import { EmbeddedRebuild } from './embedded-rebuild.js';
import { Generation } from './generation.js';
import {
  dropGeneration,
  liveGeneration,
  newGeneration,
  promoteGeneration,
  retiredFor,
  unfinishedBefore,
} from './generations.js';
import { ViewsFile } from './views-file.js';

interface Options {
  /** Holds `views.db`. */
  readonly folder: string;
  /** For a process beside the one that writes. */
  readonly readOnly?: boolean;
  /** Told when a damaged file is thrown away. */
  readonly onDamage?: (reason: string) => void;
}

/** Views in one SQLite file. A damaged file is begun anew: the projector finds its checkpoint gone and rebuilds. */
export class EmbeddedViewStore implements ViewStore {
  private constructor(private readonly file: ViewsFile) {}

  static open({ folder, readOnly = false, onDamage = () => undefined }: Options): EmbeddedViewStore {
    return new EmbeddedViewStore(new ViewsFile(join(folder, 'views.db'), readOnly, onDamage));
  }

  /** Views that are gone with the store; they never leave the memory of this process. */
  static inMemory(): EmbeddedViewStore {
    return new EmbeddedViewStore(
      new ViewsFile(':memory:', false, (reason) => {
        throw new Error(`views in memory can't be damaged: ${reason}`);
      }),
    );
  }

  async apply(
    view: View,
    partition: number,
    events: readonly AppliedEvent[],
    upTo: Position,
    from?: Position,
  ): Promise<void> {
    this.file.write((connection) => {
      const live = liveGeneration(connection, view);
      if (live === undefined || live.version !== view.version) throw new OtherGeneration(view);
      const checkpoint = live.generation.checkpoint(partition);
      if (from !== undefined && checkpoint < from) throw new ViewBehind(view, checkpoint, from);
      const due = from === undefined ? events : events.filter(({ position }) => position > checkpoint);
      live.generation.apply(view, partition, due);
      if (upTo > checkpoint) live.generation.moveCheckpoint(partition, upTo);
    });
  }

  /** @throws ViewsUnavailable */
  async live(view: View): Promise<LiveView | undefined> {
    return this.file.read((connection) => {
      const live = liveGeneration(connection, view);
      return live && { version: live.version, checkpoints: live.generation.checkpoints() };
    });
  }

  async count(view: View): Promise<number> {
    return this.file.read((connection) => liveGeneration(connection, view)?.generation.count() ?? 0);
  }

  /**
   * Copies all views as they are at one moment into the file `views.db` of another folder.
   * @throws ViewsUnavailable
   */
  copyTo(folder: string): void {
    this.file.copyTo(join(folder, 'views.db'));
  }

  /** Makes a copy from another store the live generation, in a store that nobody else uses. */
  async take(view: View, { checkpoints, documents }: ViewCopy): Promise<void> {
    const { id } = this.file.write((connection) => {
      const generation = newGeneration(connection, view, 0);
      generation.createTables(view.collections);
      return generation;
    });
    for await (const { collection, id: documentId, document } of documents) {
      this.file.write((connection) => new Generation(connection, id).write(collection, documentId, document));
    }
    this.file.write((connection) => {
      const generation = new Generation(connection, id);
      for (const [partition, position] of checkpoints.entries()) generation.moveCheckpoint(partition, position);
      promoteGeneration(connection, view, id);
    });
  }

  async get(view: View, collection: string, id: string): Promise<ViewDocument | undefined> {
    return this.#reading(view, collection, (generation) => generation.get(collection, id));
  }

  async find(view: View, collection: string, query: Query): Promise<readonly ViewDocument[]> {
    return this.#reading(view, collection, (generation) => generation.find(collection, query));
  }

  async rebuild(view: View, token = 0): Promise<Rebuild> {
    const id = this.file.write((connection) => {
      const generation = newGeneration(connection, view, token);
      generation.createTables(view.collections);
      return generation.id;
    });
    return new EmbeddedRebuild(this.file, view, id);
  }

  async dropUnfinished(view: View, before: number): Promise<void> {
    this.#drop((connection) => unfinishedBefore(connection, view, before));
  }

  async dropRetired(view: View, olderThanMs: number): Promise<void> {
    this.#drop((connection) => retiredFor(connection, view, olderThanMs));
  }

  async close(): Promise<void> {
    this.file.close();
  }

  /** Mostly there is none, and no writer has to wait. */
  #drop(find: (connection: Connection) => readonly number[]): void {
    if (this.file.read(find).length === 0) return;
    this.file.write((connection) => {
      for (const id of find(connection)) dropGeneration(connection, id);
    });
  }

  #reading<T>(view: View, collection: string, work: (generation: Generation) => T): T {
    if (view.collections[collection] === undefined) throw new Error(`${view.name} has no ${collection}`);
    return this.file.read((connection) => {
      const live = liveGeneration(connection, view);
      if (live?.generation.has(collection) !== true) {
        throw new ViewsUnavailable(`the view ${view.name} is not ready yet`);
      }
      return work(live.generation);
    });
  }
}
