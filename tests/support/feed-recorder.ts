import { expect } from 'chai';
import type { Position, RecordedEvent } from '../../src/application/ports/event-store.js';
import type { FeedBatch, FeedReader } from '../../src/application/ports/feed.js';

/** Writes down what it is given and told. */
export class Recorder implements FeedReader {
  readonly batches: FeedBatch[] = [];
  /** What was told of partitions, with where each begins. */
  readonly told: [what: 'assigned' | 'revoked', partition: number, after?: Position][] = [];
  readonly owned = new Set<number>();

  constructor(
    readonly group: string,
    readonly types: readonly string[] = ['A', 'B'],
    private failures = 0,
  ) {}

  async assigned(partition: number, after: Position): Promise<void> {
    this.told.push(['assigned', partition, after]);
    this.owned.add(partition);
  }

  revoked(partition: number): void {
    this.told.push(['revoked', partition]);
    this.owned.delete(partition);
  }

  async handle(batch: FeedBatch): Promise<void> {
    expect(this.owned.has(batch.partition), 'a batch comes of an own partition only').to.equal(true);
    if (this.failures-- > 0) throw new Error('not yet');
    this.batches.push(batch);
  }

  get events(): readonly RecordedEvent[] {
    return this.batches.flatMap(({ events }) => events);
  }

  /** Ids of what it was given, each partition in its order. */
  ids(partition: number): readonly string[] {
    return this.batches.flatMap((batch) => (batch.partition === partition ? batch.events.map(({ id }) => id) : []));
  }
}
