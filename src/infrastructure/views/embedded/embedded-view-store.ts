import { join } from 'node:path';
import type { Position } from '../../../application/ports/event-store.js';
import { beginning } from '../../../application/ports/event-store.js';
import {
  type AppliedEvent,
  OtherGeneration,
  type Query,
  type Rebuild,
  type ViewDocument,
  type ViewStore,
  ViewsUnavailable,
} from '../../../application/ports/views.js';
import type { Projection } from '../../../projections/projection.js';
import type { Connection } from './connection.js';
import { Generation } from './generation.js';
import { ViewsFile } from './views-file.js';

interface Options {
  /** Holds `views.db`. */
  readonly folder: string;
  /** For a process beside the one that writes. */
  readonly readOnly?: boolean;
  /** Another process may have a generation in the making: it is left alone. */
  readonly isBeside?: boolean;
  /** Told when a damaged file is thrown away. */
  readonly onDamage?: (reason: string) => void;
}

/** The generation of a projection that readers are given. */
export interface LiveView {
  readonly version: number;
  /** By partition. */
  readonly checkpoints: readonly Position[];
  /** Documents in all collections. */
  readonly documents: number;
}

const pageSize = 500;

/** Views in one SQLite file. A damaged file is begun anew: the projector finds its checkpoint gone and rebuilds. */
export class EmbeddedViewStore implements ViewStore {
  private constructor(private readonly file: ViewsFile) {}

  static open({ folder, readOnly = false, isBeside = false, onDamage = () => undefined }: Options): EmbeddedViewStore {
    const store = new EmbeddedViewStore(new ViewsFile(join(folder, 'views.db'), readOnly, onDamage));
    if (!readOnly && !isBeside) store.#dropAbandoned();
    return store;
  }

  /** Views that are gone with the store; they never leave the memory of this process. */
  static inMemory(): EmbeddedViewStore {
    return new EmbeddedViewStore(
      new ViewsFile(':memory:', false, (reason) => {
        throw new Error(`views in memory can't be damaged: ${reason}`);
      }),
    );
  }

  async define(projection: Projection): Promise<void> {
    this.file.write((connection) => {
      const live = this.#live(connection, projection);
      if (live === undefined) this.#insert(connection, projection, true).create(projection.collections);
      else if (live.version === projection.version) live.generation.create(projection.collections);
    });
  }

  async apply(
    projection: Projection,
    partition: number,
    events: readonly AppliedEvent[],
    upTo: Position,
  ): Promise<void> {
    this.file.write((connection) => {
      const live = this.#live(connection, projection);
      if (live === undefined || live.version !== projection.version) throw new OtherGeneration(projection);
      live.generation.apply(partition, events);
      live.generation.moveCheckpoint(partition, upTo);
    });
  }

  async checkpoint(projection: Projection, partition: number): Promise<Position> {
    return this.file.read((connection) => {
      const live = this.#live(connection, projection);
      return live?.version === projection.version ? live.generation.checkpoint(partition) : beginning;
    });
  }

  /** @throws ViewsUnavailable */
  async live(projection: Projection): Promise<LiveView | undefined> {
    return this.file.read((connection) => {
      const live = this.#live(connection, projection);
      return live && { version: live.version, ...live.generation.standing() };
    });
  }

  /**
   * Copies all views as they are at one moment into the file `views.db` of another folder.
   * @throws ViewsUnavailable
   */
  copyTo(folder: string): void {
    this.file.copyTo(join(folder, 'views.db'));
  }

  async get(projection: Projection, collection: string, id: string): Promise<ViewDocument | undefined> {
    return this.#reading(projection, collection, (generation) => generation.get(collection, id));
  }

  async find(projection: Projection, collection: string, query: Query): Promise<readonly ViewDocument[]> {
    return this.#reading(projection, collection, (generation) => generation.find(collection, query));
  }

  async rebuild(projection: Projection): Promise<Rebuild> {
    const id = this.file.write((connection) => {
      const generation = this.#insert(connection, projection, false);
      generation.create(projection.collections);
      return generation.id;
    });
    const inGeneration = <T>(connection: Connection, work: (generation: Generation) => T): T => {
      if (connection.prepare('SELECT 1 FROM generations WHERE id = ?').get(id) === undefined) {
        throw new OtherGeneration(projection);
      }
      return work(new Generation(connection, id));
    };
    return {
      apply: async (partition, events, upTo) =>
        this.file.write((connection) =>
          inGeneration(connection, (generation) => {
            generation.apply(partition, events);
            generation.moveCheckpoint(partition, upTo);
          }),
        ),
      documents: (collection) =>
        allDocuments((query) =>
          this.file.read((connection) => inGeneration(connection, (generation) => generation.find(collection, query))),
        ),
      promote: async () =>
        this.file.write((connection) => inGeneration(connection, () => this.#promote(connection, projection, id))),
      discard: async () => this.file.write((connection) => this.#drop(connection, id)),
    };
  }

  async close(): Promise<void> {
    this.file.close();
  }

  #reading<T>(projection: Projection, collection: string, work: (generation: Generation) => T): T {
    if (projection.collections[collection] === undefined) throw new Error(`${projection.name} has no ${collection}`);
    return this.file.read((connection) => {
      const live = this.#live(connection, projection);
      if (live?.generation.has(collection) !== true) {
        throw new ViewsUnavailable(`the view ${projection.name} isn't there yet`);
      }
      return work(live.generation);
    });
  }

  #live(connection: Connection, projection: Projection): { version: number; generation: Generation } | undefined {
    const row = connection
      .prepare('SELECT id, version FROM generations WHERE projection = ? AND live = 1')
      .get(projection.name);
    if (row === undefined) return undefined;
    return { version: Number(row.version), generation: new Generation(connection, Number(row.id)) };
  }

  #insert(connection: Connection, projection: Projection, isLive: boolean): Generation {
    const { lastInsertRowid } = connection
      .prepare('INSERT INTO generations (projection, version, live) VALUES (?, ?, ?)')
      .run(projection.name, projection.version, isLive ? 1 : 0);
    return new Generation(connection, Number(lastInsertRowid));
  }

  #promote(connection: Connection, projection: Projection, id: number): void {
    const old = connection.prepare('SELECT id FROM generations WHERE projection = ? AND live = 1').get(projection.name);
    if (old !== undefined) this.#drop(connection, Number(old.id));
    connection.prepare('UPDATE generations SET live = 1 WHERE id = ?').run(id);
  }

  #drop(connection: Connection, id: number): void {
    const tables = connection
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB ?")
      .all(`view_${id}_*`);
    for (const { name } of tables) connection.exec(`DROP TABLE "${String(name)}"`);
    connection.prepare('DELETE FROM checkpoints WHERE generation = ?').run(id);
    connection.prepare('DELETE FROM generations WHERE id = ?').run(id);
  }

  /** What a crash left in the making. */
  #dropAbandoned(): void {
    this.file.write((connection) => {
      for (const { id } of connection.prepare('SELECT id FROM generations WHERE live = 0').all()) {
        this.#drop(connection, Number(id));
      }
    });
  }
}

async function* allDocuments(find: (query: Query) => readonly ViewDocument[]): AsyncGenerator<ViewDocument> {
  for (let after: string | undefined; ; ) {
    const page = find({ where: after === undefined ? {} : { _id: { $gt: after } }, limit: pageSize });
    yield* page;
    if (page.length < pageSize) return;
    after = page.at(-1)?._id;
  }
}
