import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { beginning, type Position } from '../../../application/ports/event-store.js';
import { transaction } from '../../sqlite/transaction.js';
import { openFeedFile } from './feed-file.js';

/** Positions are saved together, so late: after a crash, that much is delivered again. */
const saveEveryMs = 50;
const saveAgainMs = 1_000;

/** How far a group has come in a partition, and the types of events that it wants. */
export interface ReaderPosition {
  readonly group: string;
  readonly types?: readonly string[];
  readonly partition: number;
  readonly position: Position;
}

type OnFailure = (groups: string, cause: unknown) => void;

/** The positions of all groups in `<folder>/feed.db`. */
export class ReaderPositions {
  readonly #db: DatabaseSync;
  readonly #saving: StatementSync;
  /** By group, then by partition. */
  readonly #unsaved = new Map<string, Map<number, Position>>();
  #savingSoon: NodeJS.Timeout | undefined;

  /** @throws Error naming the file when a newer build wrote it */
  constructor(
    folder: string,
    private readonly partitions: number,
    private readonly onFailure: OnFailure,
  ) {
    this.#db = openFeedFile(folder);
    this.#saving = this.#db.prepare('UPDATE reader_position SET position = ? WHERE reader = ? AND partition = ?');
  }

  /** @throws Error when the group was at work with another number of partitions */
  begin(group: string, types: readonly string[] | undefined): void {
    transaction(this.#db, 'BEGIN IMMEDIATE', () => {
      this.#db
        .prepare('INSERT INTO reader VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET types = excluded.types')
        .run(group, beginning, types === undefined ? null : JSON.stringify(types));
      // A folder of an earlier build knows one position of a group: every partition goes on from there.
      const adding = this.#db.prepare(
        'INSERT INTO reader_position SELECT name, ?, position FROM reader WHERE name = ? ON CONFLICT DO NOTHING',
      );
      const known = Number(this.#count(group));
      if (known > 0 && known !== this.partitions) {
        throw new Error(`${group} was at work with ${known} partitions, not ${this.partitions}: it can't be changed`);
      }
      for (let partition = 0; partition < this.partitions; partition++) adding.run(partition, group);
    });
  }

  of(group: string, partition: number): Position {
    const unsaved = this.#unsaved.get(group)?.get(partition);
    if (unsaved !== undefined) return unsaved;
    const row = this.#db
      .prepare('SELECT position FROM reader_position WHERE reader = ? AND partition = ?')
      .get(group, partition);
    return String(row?.position ?? beginning) as Position;
  }

  all(): readonly ReaderPosition[] {
    return this.#db
      .prepare('SELECT name, types, partition FROM reader JOIN reader_position ON reader = name ORDER BY 1, 3')
      .all()
      .map(({ name, types, partition }) => ({
        group: String(name),
        ...(types !== null && { types: JSON.parse(String(types)) }),
        partition: Number(partition),
        position: this.of(String(name), Number(partition)),
      }));
  }

  move(group: string, partition: number, position: Position): void {
    const known = this.#unsaved.get(group);
    if (known === undefined) this.#unsaved.set(group, new Map([[partition, position]]));
    else known.set(partition, position);
    this.#saveIn(saveEveryMs);
  }

  /** Of a group that nobody reads for. @throws Error for one that never read */
  reset(group: string, position: Position): void {
    const moving = this.#db.prepare('UPDATE reader_position SET position = ? WHERE reader = ?');
    if (moving.run(position, group).changes === 0) throw new Error(`no group ${group} has read the feed`);
  }

  /** Where it fails, readers go on all the same: what isn't saved is delivered again after a restart. */
  save(): void {
    clearTimeout(this.#savingSoon);
    this.#savingSoon = undefined;
    try {
      this.#saveAll();
    } catch (cause) {
      this.onFailure([...this.#unsaved.keys()].join(', '), cause);
      this.#saveIn(saveAgainMs);
    }
  }

  close(): void {
    if (!this.#db.isOpen) return;
    this.save();
    clearTimeout(this.#savingSoon);
    this.#db.close();
  }

  #count(group: string): unknown {
    return this.#db.prepare('SELECT count(*) AS count FROM reader_position WHERE reader = ?').get(group)?.count;
  }

  #saveIn(ms: number): void {
    this.#savingSoon ??= setTimeout(() => this.save(), ms);
  }

  #saveAll(): void {
    if (this.#unsaved.size === 0) return;
    transaction(this.#db, 'BEGIN IMMEDIATE', () => {
      for (const [group, positions] of this.#unsaved) {
        for (const [partition, position] of positions) this.#saving.run(position, group, partition);
      }
    });
    this.#unsaved.clear();
  }
}
