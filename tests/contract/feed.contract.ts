import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { beginning, type EventStore } from '../../src/application/ports/event-store.js';
import type { Feed, FeedBatch, FeedReader } from '../../src/application/ports/feed.js';
import { newEvent, until } from '../support/temp-store.js';

export interface FeedUnderTest {
  readonly store: EventStore;
  readonly feed: Feed;
  /** Closes the feed and opens it again over the same saved positions. */
  reopen(): Promise<Feed>;
  dispose(): Promise<void>;
}

interface Recorder extends FeedReader {
  readonly ids: string[];
}

const recorder = (group: string, types?: readonly string[], failures = 0): Recorder => {
  const ids: string[] = [];
  let left = failures;
  const handle = async ({ events }: FeedBatch): Promise<void> => {
    if (left-- > 0) throw new Error('not yet');
    ids.push(...events.map(({ id }) => id));
  };
  return types === undefined ? { group, ids, handle } : { group, types, ids, handle };
};

/** What every feed promises; each case gets an empty store and no saved positions. */
export const feedContract = (name: string, open: () => Promise<FeedUnderTest>): void => {
  describe(`feed contract: ${name}`, () => {
    let subject: FeedUnderTest;
    beforeEach(async () => {
      subject = await open();
    });
    afterEach(() => subject.dispose());

    const append = async (stream: string, count: number, type?: string): Promise<string[]> => {
      const events = Array.from({ length: count }, () => newEvent(type));
      await subject.store.append(stream, events, 'no-stream');
      return events.map(({ id }) => id);
    };

    it('delivers past and present in order', async () => {
      const ids = await append('sale-1', 30);
      const reader = recorder('r');
      subject.feed.subscribe(reader);
      ids.push(...(await append('sale-2', 30)));
      await until('all are delivered', () => reader.ids.length >= 60);
      expect(reader.ids).to.deep.equal(ids);
    });

    it('says where each batch begins: where the one before it ended, also after a restart', async () => {
      const batches: FeedBatch[] = [];
      const handle = async (batch: FeedBatch): Promise<void> => void batches.push(batch);
      const caughtUp = async (feed: Feed): Promise<void> => {
        const head = await subject.store.head();
        await until('the position is at the head', async () => (await feed.position('r', 0)) === head);
      };
      await append('sale-1', 3);
      subject.feed.subscribe({ group: 'r', handle });
      await caughtUp(subject.feed);
      await append('sale-2', 3);
      await caughtUp(subject.feed);
      const feed = await subject.reopen();
      await append('sale-3', 3);
      feed.subscribe({ group: 'r', handle });
      await caughtUp(feed);
      const ends = batches.map(({ upTo }) => upTo);
      expect(batches.map(({ after }) => after)).to.deep.equal([beginning, ...ends.slice(0, -1)]);
    });

    it('delivers the wanted types only and moves past the others', async () => {
      await append('sale-1', 3, 'A');
      const wanted = await append('sale-2', 3, 'B');
      await append('sale-3', 3, 'A');
      const reader = recorder('r', ['B']);
      subject.feed.subscribe(reader);
      const head = await subject.store.head();
      await until('the position is at the head', async () => (await subject.feed.position('r', 0)) === head);
      expect(reader.ids).to.deep.equal(wanted);
    });

    it('tries again what a reader throws, and moves only then', async () => {
      const ids = await append('sale-1', 3);
      const reader = recorder('r', undefined, 3);
      subject.feed.subscribe(reader);
      expect(await subject.feed.position('r', 0)).to.equal(beginning);
      await until('it is delivered at last', () => reader.ids.length > 0);
      expect(reader.ids).to.deep.equal(ids);
    });

    it('goes on behind the saved position after a restart', async () => {
      await append('sale-1', 3);
      const head = await subject.store.head();
      const first = recorder('r');
      subject.feed.subscribe(first);
      await until('the position is saved', async () => (await subject.feed.position('r', 0)) === head);
      const feed = await subject.reopen();
      const later = await append('sale-2', 2);
      const second = recorder('r');
      feed.subscribe(second);
      await until('the later ones are delivered', () => second.ids.length >= 2);
      expect(second.ids).to.deep.equal(later);
    });

    it('waits for the batch under way when it is told to stop', async () => {
      await append('sale-1', 1);
      let finish = (): void => undefined;
      let isBegun = false;
      const subscription = subject.feed.subscribe({
        group: 'r',
        handle: () =>
          new Promise((resolve) => {
            isBegun = true;
            finish = resolve;
          }),
      });
      await until('the batch is under way', () => isBegun);
      let isStopped = false;
      const stopped = subscription.stop().then(() => {
        isStopped = true;
      });
      await nextTurn();
      expect(isStopped).to.equal(false);
      finish();
      await stopped;
      expect(await subject.feed.position('r', 0)).to.equal(await subject.store.head());
    });

    it('says how far each group is behind', async () => {
      await append('sale-1', 4, 'A');
      const stuck = recorder('stuck', ['A'], Number.POSITIVE_INFINITY);
      const done = recorder('done');
      subject.feed.subscribe(stuck);
      subject.feed.subscribe(done);
      const lagOf = async (group: string) => (await subject.feed.lags()).find((lag) => lag.group === group);
      await until('one has caught up', async () => (await lagOf('done'))?.lag === 0);
      expect(await lagOf('done')).to.not.have.property('oldestAt');
      expect(await lagOf('stuck')).to.deep.include({ partition: 0, position: beginning, lag: 4 });
      expect((await lagOf('stuck'))?.oldestAt).to.be.a('number');
    });

    it('refuses a second reader of a group, until the first has stopped', async () => {
      const first = subject.feed.subscribe(recorder('r'));
      expect(() => subject.feed.subscribe(recorder('r'))).to.throw('r reads the feed already');
      await first.stop();
      subject.feed.subscribe(recorder('r'));
    });
  });
};
