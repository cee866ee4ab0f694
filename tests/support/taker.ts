import type { Position, RecordedEvent } from '../../src/application/ports/event-store.js';
import type { FeedBatch, FeedReader } from '../../src/application/ports/feed.js';

/** A reader that writes down what it is given and told, and is held up in its batches for as long as a test wants. */
export class Taker implements FeedReader {
  readonly assignments: [partition: number, after: Position][] = [];
  readonly owned = new Set<number>();
  readonly taken: RecordedEvent[] = [];
  readonly batches: FeedBatch[] = [];
  /** Events of batches that have begun, whether they have ended or not. */
  begun = 0;
  #gate: PromiseWithResolvers<void> | undefined;

  constructor(readonly group = 'r') {}

  hold(): void {
    this.#gate ??= Promise.withResolvers();
  }

  go(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  async assigned(partition: number, after: Position): Promise<void> {
    this.assignments.push([partition, after]);
    this.owned.add(partition);
  }

  revoked(partition: number): void {
    this.owned.delete(partition);
  }

  async handle(batch: FeedBatch): Promise<void> {
    this.begun += batch.events.length;
    await this.#gate?.promise;
    this.batches.push(batch);
    this.taken.push(...batch.events);
  }

  get ids(): readonly string[] {
    return this.taken.map(({ id }) => id);
  }
}
