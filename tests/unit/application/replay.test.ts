import { expect } from 'chai';
import { describe, it } from 'mocha';
import { partitionOf } from '../../../src/application/partition.js';
import {
  beginning,
  type EventStore,
  type Position,
  type RecordedEvent,
} from '../../../src/application/ports/event-store.js';
import { type AppliedEvent, ViewsUnavailable } from '../../../src/application/ports/views.js';
import { Replay } from '../../../src/application/views/replay.js';
import type { ViewBuilder } from '../../../src/application/views/view-builder.js';
import { failureOf } from '../../support/failure-of.js';
import { at, things } from '../../support/things.js';

const streams = ['a', 'b', 'c', 'd', 'e', 'f'];

/** Three events of each stream, in turns. */
const events: readonly RecordedEvent[] = Array.from({ length: 18 }, (_, index) => ({
  id: `e${index}`,
  type: 'A',
  version: 1,
  data: '{}',
  metadata: '{}',
  stream: streams[index % streams.length] ?? '',
  revision: BigInt(Math.floor(index / streams.length)),
  position: at(index + 1),
  recordedAt: 0,
}));

const head = at(events.length);

/** Pages of four events. */
const store: Pick<EventStore, 'readAll'> = {
  readAll: async (after) => {
    const page = events.filter(({ position }) => position > after).slice(0, 4);
    const next = page.at(-1)?.position ?? after;
    return { events: page, next, isHead: next === head };
  },
};

/** Changes that are worked out from elsewhere, in their own time; events of some streams can't be projected. */
const builder = (failure: (event: RecordedEvent) => Error | undefined): ViewBuilder => ({
  view: things,
  types: ['A'],
  project: async (taken) => {
    await Promise.resolve();
    for (const event of taken) {
      const error = failure(event);
      if (error !== undefined) throw error;
    }
    return taken.map(({ id, position }) => ({ position, changes: [{ collection: 'things', id, $set: { id } }] }));
  },
});

class Target {
  readonly applied = new Map<number, string[]>();
  readonly reached = new Map<number, Position>();

  async apply(partition: number, batch: readonly AppliedEvent[], upTo: Position): Promise<void> {
    const ids = batch.flatMap(({ changes }) => changes.map(({ id }) => id));
    this.applied.set(partition, [...(this.applied.get(partition) ?? []), ...ids]);
    this.reached.set(partition, upTo);
  }

  get ids(): readonly string[] {
    return [...this.applied.values()].flat().sort();
  }
}

const idsOf = (taken: readonly RecordedEvent[]): readonly string[] => taken.map(({ id }) => id).sort();

describe('a replay', () => {
  for (const partitions of [1, 8]) {
    it(`applies every event in its partition, and moves all to the end: ${partitions}`, async () => {
      const target = new Target();
      const replay = new Replay(
        { store, partitions },
        builder(() => undefined),
        target,
      );
      await replay.run();
      for (let partition = 0; partition < partitions; partition++) {
        const own = events.filter(({ stream }) => partitionOf(stream, partitions) === partition);
        expect(target.applied.get(partition) ?? []).to.deep.equal(own.map(({ id }) => id));
        expect(target.reached.get(partition)).to.equal(head);
      }
      expect(replay.leftOut).to.deep.equal([]);
    });
  }

  it('leaves out what can not be projected, and what follows it in its stream', async () => {
    const target = new Target();
    const failing = builder(({ stream, revision }) =>
      stream === 'c' && revision === 1n ? new Error('bad') : undefined,
    );
    const replay = new Replay({ store, partitions: 1 }, failing, target);
    await replay.run();
    expect(target.ids).to.deep.equal(idsOf(events.filter(({ stream, revision }) => stream !== 'c' || revision === 0n)));
    expect(replay.leftOut).to.deep.equal([
      { event: { id: 'e8', stream: 'c', revision: 1n, type: 'A' }, reason: 'bad' },
    ]);
  });

  it('leaves nothing out for what is away: it ends, and goes on from there', async () => {
    let isAway = true;
    const failing = builder(({ id }) => (isAway && id === 'e9' ? new ViewsUnavailable('away') : undefined));
    const target = new Target();
    expect(await failureOf(new Replay({ store, partitions: 1 }, failing, target).run())).to.be.instanceOf(
      ViewsUnavailable,
    );
    expect(target.ids).to.deep.equal(idsOf(events.slice(0, 8)));
    isAway = false;
    const from = target.reached.get(0) ?? beginning;
    await new Replay({ store, partitions: 1 }, failing, target, { from }).run();
    expect(target.ids).to.deep.equal(idsOf(events));
  });

  it('brings on one partition alone, up to where it is told', async () => {
    const target = new Target();
    const partition = partitionOf('a', 8);
    await new Replay(
      { store, partitions: 8 },
      builder(() => undefined),
      target,
      { partition },
    ).run(at(10));
    const own = events.slice(0, 10).filter(({ stream }) => partitionOf(stream, 8) === partition);
    expect(target.ids).to.deep.equal(idsOf(own));
    expect([...target.reached]).to.deep.equal([[partition, at(10)]]);
  });
});
