import { beginning, type Position } from '../../../application/ports/event-store.js';
import type { AppliedEvent, Query, ViewDocument } from '../../../application/ports/views.js';
import type { View } from '../../../projections/projection.js';
import type { Fields } from '../apply-update.js';
import { BufferedDocument, WriteBuffer } from '../write-buffer.js';
import type { Connection } from './connection.js';
import { orderOf, selectOf } from './query-sql.js';

const collectionName = /^[A-Za-z][A-Za-z0-9-]{0,63}$/;

const documentOf = (row: Record<string, unknown>): ViewDocument => ({
  ...(JSON.parse(String(row.doc)) as Fields),
  _id: String(row.id),
});

/** The documents of one version of a view, one table a collection. Its owner brings the transactions. */
export class Generation {
  constructor(
    private readonly connection: Connection,
    readonly id: number,
  ) {}

  createTables(collections: View['collections']): void {
    for (const collection of Object.keys(collections)) {
      this.connection.exec(
        `CREATE TABLE ${this.#table(collection)} (id TEXT PRIMARY KEY, doc TEXT NOT NULL, applied TEXT NOT NULL)`,
      );
    }
  }

  createIndexes(collections: View['collections']): void {
    for (const [collection, { indexes }] of Object.entries(collections)) {
      for (const fields of indexes) {
        const name = `"view_${this.id}_${collection}_by_${fields.join('_')}"`;
        this.connection.exec(`CREATE INDEX ${name} ON ${this.#table(collection)} (${orderOf(fields)})`);
      }
    }
  }

  /** An older version of the view may not have made it. */
  has(collection: string): boolean {
    const name = `view_${this.id}_${collection}`;
    return this.connection.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(name) !== undefined;
  }

  /**
   * Brings on the documents that a batch touches. Runs inside a write transaction, so that no other writer comes between
   * the positions that it reads and the documents that it writes.
   */
  apply(view: View, partition: number, events: readonly AppliedEvent[]): void {
    const documents = new WriteBuffer(view);
    documents.apply(partition, events, (collection, id) => this.load(collection, id));
    documents.flushAll((collection, id, document) => this.write(collection, id, document));
  }

  load(collection: string, id: string): BufferedDocument | undefined {
    const row = this.connection.prepare(`SELECT doc, applied FROM ${this.#table(collection)} WHERE id = ?`).get(id);
    return row && new BufferedDocument(JSON.parse(String(row.doc)), JSON.parse(String(row.applied)));
  }

  write(collection: string, id: string, { isThere, fields, appliedPositions }: BufferedDocument): void {
    if (!isThere) {
      this.connection.prepare(`DELETE FROM ${this.#table(collection)} WHERE id = ?`).run(id);
      return;
    }
    this.connection
      .prepare(
        `INSERT INTO ${this.#table(collection)} (id, doc, applied) VALUES (?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET doc = excluded.doc, applied = excluded.applied`,
      )
      .run(id, JSON.stringify(fields), JSON.stringify(appliedPositions));
  }

  get(collection: string, id: string): ViewDocument | undefined {
    const row = this.connection.prepare(`SELECT id, doc FROM ${this.#table(collection)} WHERE id = ?`).get(id);
    return row === undefined ? undefined : documentOf(row);
  }

  find(collection: string, query: Query): readonly ViewDocument[] {
    const { text, values } = selectOf(this.#table(collection), query);
    return this.connection
      .prepare(text)
      .all(...values)
      .map(documentOf);
  }

  checkpoint(partition: number): Position {
    const row = this.connection
      .prepare('SELECT position FROM checkpoints WHERE generation = ? AND partition = ?')
      .get(this.id, partition);
    return String(row?.position ?? '') as Position;
  }

  checkpoints(): readonly Position[] {
    const checkpoints: Position[] = [];
    const rows = this.connection
      .prepare('SELECT partition, position FROM checkpoints WHERE generation = ? ORDER BY partition')
      .all(this.id);
    for (const { partition, position } of rows) {
      while (checkpoints.length < Number(partition)) checkpoints.push(beginning);
      checkpoints.push(String(position) as Position);
    }
    return checkpoints;
  }

  /** Documents in all collections. */
  count(): number {
    const tables = this.connection
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB ?")
      .all(`view_${this.id}_*`);
    return tables.reduce((sum, { name }) => {
      const row = this.connection.prepare(`SELECT count(*) AS documents FROM "${String(name)}"`).get();
      return sum + Number(row?.documents);
    }, 0);
  }

  moveCheckpoint(partition: number, upTo: Position): void {
    this.connection
      .prepare(
        `INSERT INTO checkpoints (generation, partition, position) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET position = max(position, excluded.position)`,
      )
      .run(this.id, partition, upTo);
  }

  #table(collection: string): string {
    if (!collectionName.test(collection)) throw new Error(`a collection can't be named ${collection}`);
    return `"view_${this.id}_${collection}"`;
  }
}
