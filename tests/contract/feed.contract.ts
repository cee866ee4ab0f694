import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { partitionOf } from '../../src/application/partition.js';
import {
  beginning,
  type NewEvent,
  type Position,
  type RecordedEvent,
} from '../../src/application/ports/event-store.js';
import { type Feed, type FeedBatch, GroupInUse, type ReaderLag } from '../../src/application/ports/feed.js';
import { failureOf } from '../support/failure-of.js';
import { Recorder } from '../support/feed-recorder.js';
import { newEvent, until } from '../support/temp-store.js';

export interface FeedUnderTest {
  readonly feed: Feed;
  /** The first event of a stream enters the feed, after all that were published before. */
  publish(stream: string, event: NewEvent): Promise<void>;
  /** The position at which each partition ends, once a reader took all of it. */
  ends(): Promise<readonly Position[]>;
  /** Another one over the same saved positions, as another process has it. */
  beside(): Promise<Feed>;
  /** Closes the feed and opens it again over the same saved positions. */
  reopen(): Promise<Feed>;
  dispose(): Promise<void>;
}

/** What every feed promises; each case gets an empty feed and no saved positions. */
export const feedContract = (
  name: string,
  partitionCount: number,
  open: (partitionCount: number) => Promise<FeedUnderTest>,
): void => {
  describe(`feed contract: ${name}, partitions: ${partitionCount}`, () => {
    const partitions = Array.from({ length: partitionCount }, (_, partition) => partition);
    let subject: FeedUnderTest;
    beforeEach(async () => {
      subject = await open(partitionCount);
    });
    afterEach(() => subject.dispose());

    /** One event to each of so many streams. @returns ids by partition, in order */
    const append = async (streams: string, count: number, type = 'A'): Promise<string[][]> => {
      const ids: string[][] = partitions.map(() => []);
      for (let index = 0; index < count; index++) {
        const stream = `${streams}-${index}`;
        const event = newEvent(type);
        await subject.publish(stream, event);
        ids[partitionOf(stream, partitionCount)]?.push(event.id);
      }
      return ids;
    };

    const endOf = (ends: readonly Position[], partition: number): Position => ends[partition] ?? beginning;

    const lagsOf = async (feed: Feed, group: string) => (await feed.lags()).filter((lag) => lag.group === group);

    const caughtUp = async (feed: Feed, group: string): Promise<void> => {
      const ends = await subject.ends();
      await until(`${group} is at the end`, async () => {
        const lags = await lagsOf(feed, group);
        return (
          lags.length === partitionCount && lags.every(({ partition, position }) => position >= endOf(ends, partition))
        );
      });
    };

    const idsBy = (reader: Recorder): readonly (readonly string[])[] => partitions.map((one) => reader.ids(one));

    it('has the partitions that it was given', () => {
      expect(subject.feed.partitions).to.equal(partitionCount);
    });

    it('delivers past and present in order, each partition apart', async () => {
      const past = await append('past', 30);
      const reader = new Recorder('r');
      subject.feed.subscribe(reader);
      const present = await append('present', 30);
      await until('all are delivered', () => reader.events.length >= 60);
      expect(idsBy(reader)).to.deep.equal(partitions.map((one) => [...(past[one] ?? []), ...(present[one] ?? [])]));
    });

    it('says where each batch begins: where the one before it ended, also after a restart', async () => {
      const reader = new Recorder('r');
      await append('a', 20);
      subject.feed.subscribe(reader);
      await caughtUp(subject.feed, 'r');
      await append('b', 20);
      await caughtUp(subject.feed, 'r');
      const feed = await subject.reopen();
      await append('c', 20);
      feed.subscribe(reader);
      await caughtUp(feed, 'r');
      for (const partition of partitions) {
        const own = reader.batches.filter((batch) => batch.partition === partition);
        const ends = own.map(({ upTo }) => upTo);
        expect(own.map(({ after }) => after)).to.deep.equal([beginning, ...ends].slice(0, own.length));
      }
    });

    it('assigns each partition before its first batch, with where it begins, and takes it back at the end', async () => {
      await append('a', 20);
      const first = new Recorder('r');
      const subscription = subject.feed.subscribe(first);
      await caughtUp(subject.feed, 'r');
      const ends = await subject.ends();
      await subscription.stop();
      const second = new Recorder('r');
      subject.feed.subscribe(second);
      await until('all are assigned again', () => second.owned.size === partitionCount);
      const byPartition = (told: Recorder['told']) => told.toSorted((left, right) => left[1] - right[1]);
      const assigned = (after: readonly Position[]) =>
        partitions.map((partition) => ['assigned', partition, endOf(after, partition)]);
      expect(byPartition(first.told.slice(0, partitionCount))).to.deep.equal(assigned([]));
      const revoked = partitions.map((partition) => ['revoked', partition]);
      expect(byPartition(first.told.slice(partitionCount))).to.deep.equal(revoked);
      expect(byPartition(second.told)).to.deep.equal(assigned(ends));
      expect(second.events).to.deep.equal([]);
    });

    it('gives no batch of a partition before its reader was ready for it', async () => {
      await append('a', 10);
      const reader = new Recorder('r');
      let tries = 0;
      const assigned = async (partition: number, after: Position): Promise<void> => {
        if (partition === 0 && tries++ < 3) throw new Error('not ready');
        await Recorder.prototype.assigned.call(reader, partition, after);
      };
      const handle = (batch: FeedBatch) => reader.handle(batch);
      subject.feed.subscribe({ group: 'r', assigned, handle });
      await until('all are ready', () => reader.owned.size === partitionCount);
      await until('all are delivered', () => reader.events.length >= 10);
      expect(tries).to.equal(4);
    });

    it('delivers the wanted types only and moves past the others', async () => {
      await append('a', 10);
      const wanted = await append('b', 10, 'B');
      await append('c', 10);
      const reader = new Recorder('r', ['B']);
      subject.feed.subscribe(reader);
      await caughtUp(subject.feed, 'r');
      expect(idsBy(reader)).to.deep.equal(wanted);
    });

    it('delivers every type to a reader that names none', async () => {
      await append('a', 3, 'X');
      const taken: RecordedEvent[] = [];
      const handle = async ({ events }: FeedBatch): Promise<void> => void taken.push(...events);
      subject.feed.subscribe({ group: 'r', handle });
      await until('all are delivered', () => taken.length >= 3);
    });

    it('tries again what a reader throws, and moves only then', async () => {
      const ids = await append('a', 3);
      const stuck = new Recorder('stuck', undefined, Number.POSITIVE_INFINITY);
      const late = new Recorder('late', undefined, 3);
      subject.feed.subscribe(stuck);
      subject.feed.subscribe(late);
      await until('it is delivered at last', () => late.events.length >= 3);
      expect(idsBy(late)).to.deep.equal(ids);
      const moved = (await lagsOf(subject.feed, 'stuck')).filter(
        ({ lag, position }) => lag > 0 && position > beginning,
      );
      expect(moved).to.deep.equal([]);
    });

    it('goes on behind the saved position after a restart', async () => {
      await append('a', 20);
      subject.feed.subscribe(new Recorder('r'));
      await caughtUp(subject.feed, 'r');
      const feed = await subject.reopen();
      const later = await append('b', 20);
      const second = new Recorder('r');
      feed.subscribe(second);
      await caughtUp(feed, 'r');
      expect(idsBy(second)).to.deep.equal(later);
    });

    it('gives a group everything again once it is reset, or nothing, and refuses that while it is read', async () => {
      await append('a', 20);
      const first = new Recorder('r');
      const reading = subject.feed.subscribe(first);
      await caughtUp(subject.feed, 'r');
      expect(await failureOf(subject.feed.reset('r', 'beginning'))).to.be.instanceOf(GroupInUse);
      expect(String(await failureOf(subject.feed.reset('x', 'beginning')))).to.include('no group x');
      await reading.stop();
      await subject.feed.reset('r', 'beginning');
      const again = new Recorder('r');
      const readingAgain = subject.feed.subscribe(again);
      await caughtUp(subject.feed, 'r');
      expect(idsBy(again)).to.deep.equal(idsBy(first));
      await readingAgain.stop();
      await subject.feed.reset('r', 'beginning');
      await subject.feed.reset('r', 'end');
      expect((await lagsOf(subject.feed, 'r')).map(({ lag }) => lag)).to.deep.equal(partitions.map(() => 0));
      const last = new Recorder('r');
      subject.feed.subscribe(last);
      const more = await append('b', 20);
      await until('what is new is delivered', () => last.events.length >= 20);
      expect(idsBy(last)).to.deep.equal(more);
    });

    it('waits for the batch under way when it is told to stop', async () => {
      await append('a', 1);
      let finish = (): void => undefined;
      let isBegun = false;
      const subscription = subject.feed.subscribe({
        group: 'r',
        handle: ({ events }) =>
          events.length === 0
            ? Promise.resolve()
            : new Promise((resolve) => {
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
      expect((await lagsOf(subject.feed, 'r')).reduce((sum, { lag }) => sum + lag, 0)).to.equal(0);
    });

    it('says how far each group is behind', async () => {
      const others = await append('a', 20);
      const own = await append('b', 20, 'B');
      subject.feed.subscribe(new Recorder('stuck', ['B'], Number.POSITIVE_INFINITY));
      subject.feed.subscribe(new Recorder('done'));
      await caughtUp(subject.feed, 'done');
      for (const lag of await lagsOf(subject.feed, 'done'))
        expect(lag).to.include({ lag: 0 }).and.not.have.property('oldestAt');
      const isSeen = ({ lag, oldestAt }: ReaderLag) => lag === 0 || typeof oldestAt === 'number';
      await until('its oldest are seen', async () => (await lagsOf(subject.feed, 'stuck')).every(isSeen));
      const stuck = await lagsOf(subject.feed, 'stuck');
      expect(stuck.map(({ partition }) => partition)).to.deep.equal(partitions);
      for (const { partition, lag } of stuck) {
        const wanted = own[partition]?.length ?? 0;
        expect(lag).to.be.within(wanted, wanted + (others[partition]?.length ?? 0));
      }
    });

    it('refuses a second reader of a group, until the first has stopped', async () => {
      const first = subject.feed.subscribe(new Recorder('r'));
      expect(() => subject.feed.subscribe(new Recorder('r'))).to.throw('r already reads the feed');
      await first.stop();
      subject.feed.subscribe(new Recorder('r'));
    });

    it('lets a batch under way end before another process reads its partition, and gives nothing twice then', async () => {
      const early = await append('a', 30);
      const first = new Recorder('r');
      const second = new Recorder('r');
      const { promise: gate, resolve: finish } = Promise.withResolvers<void>();
      let begun = 0;
      subject.feed.subscribe({
        group: 'r',
        assigned: (partition, after) => first.assigned(partition, after),
        revoked: (partition) => first.revoked(partition),
        handle: async (batch) => {
          begun += batch.events.length;
          await gate;
          await first.handle(batch);
        },
      });
      await until('a batch is under way', () => begun > 0);
      const beside = await subject.beside();
      beside.subscribe(second);
      const late = await append('b', 30);
      expect(second.events).to.deep.equal([]);
      finish();
      await until('all are delivered', () => first.events.length + second.events.length >= 60);
      const taken = partitions.map((one) => [...first.ids(one), ...second.ids(one)]);
      expect(taken).to.deep.equal(partitions.map((one) => [...(early[one] ?? []), ...(late[one] ?? [])]));
    });

    it('lets two processes share a group: each partition is read by one, and by the other once that has stopped', async () => {
      const both = new Set<number>();
      const first = new Recorder('r');
      const second = new Recorder('r');
      const watch = (): void => {
        for (const partition of first.owned) if (second.owned.has(partition)) both.add(partition);
      };
      const subscription = subject.feed.subscribe(first);
      const beside = await subject.beside();
      beside.subscribe(second);
      const early = await append('a', 30);
      await until('all are delivered', () => first.events.length + second.events.length >= 30);
      watch();
      await subscription.stop();
      const late = await append('b', 30);
      await until('the other has all partitions', () => second.owned.size === partitionCount);
      watch();
      await until('all are delivered', () => first.events.length + second.events.length >= 60);
      expect(first.owned.size).to.equal(0);
      expect([...both]).to.deep.equal([]);
      const taken = partitions.map((one) => [...first.ids(one), ...second.ids(one)]);
      expect(taken).to.deep.equal(partitions.map((one) => [...(early[one] ?? []), ...(late[one] ?? [])]));
    });
  });
};
