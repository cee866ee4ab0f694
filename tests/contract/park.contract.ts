import { expect } from 'chai';
import type { Position } from '../../src/application/ports/event-store.js';
import type { Park, ParkedEvent } from '../../src/application/ports/park.js';

export interface ParkUnderTest {
  readonly park: Park;
  /** Another instance over the same events, as another process has it. */
  readonly beside: Park;
  dispose(): Promise<void>;
}

const parkedAt = (stream: string, revision: number, more: Partial<ParkedEvent> = {}): ParkedEvent => ({
  group: 'orders',
  stream,
  revision: BigInt(revision),
  position: String(revision).padStart(8, '0') as Position,
  partition: 3,
  reason: 'Error: bad',
  since: 1_700_000_000_000,
  ...more,
});

/** What every park promises; each case gets an empty one. */
export const parkContract = (name: string, open: () => Promise<ParkUnderTest>): void => {
  describe(`park contract: ${name}`, () => {
    let subject: ParkUnderTest;
    let park: Park;
    let beside: Park;
    beforeEach(async () => {
      subject = await open();
      ({ park, beside } = subject);
    });
    afterEach(() => subject.dispose());

    const revisions = async (group?: string): Promise<readonly number[]> =>
      (await beside.list(group)).map(({ revision }) => Number(revision));

    it('gives back what was parked, word by word, in the order of the feed', async () => {
      const events = [
        parkedAt('b', 7, { reason: 'Zoë 🎟' }),
        parkedAt('a', 2, { group: 'tickets' }),
        parkedAt('a', 2),
        parkedAt('c', 12, { revision: 9_007_199_254_740_991n, partition: 0 }),
      ];
      for (const event of events) await park.park(event);
      const inOrder = [events[2], events[1], events[0], events[3]];
      expect(await beside.list()).to.deep.equal(inOrder);
      expect(await beside.list('tickets')).to.deep.equal([events[1]]);
      expect(await beside.streams('orders')).to.deep.equal(new Set(['a', 'b', 'c']));
      expect(await beside.streams('none')).to.deep.equal(new Set());
    });

    it('keeps the first reason of an event that is parked twice', async () => {
      await Promise.all([park.park(parkedAt('a', 1)), beside.park(parkedAt('a', 1))]);
      await beside.park(parkedAt('a', 1, { reason: 'another', since: 5 }));
      expect(await park.list()).to.deep.equal([parkedAt('a', 1)]);
    });

    it('gives the first of a stream by its revision', async () => {
      await park.park(parkedAt('a', 10));
      await park.follow(parkedAt('a', 11));
      await park.park(parkedAt('a', 9));
      expect((await beside.first('orders', 'a'))?.revision).to.equal(9n);
      await beside.release(parkedAt('a', 9));
      expect((await park.first('orders', 'a'))?.revision).to.equal(10n);
      expect(await park.first('orders', 'b')).to.equal(undefined);
      expect(await park.first('tickets', 'a')).to.equal(undefined);
    });

    it('lets an event follow those of its stream and group only', async () => {
      await park.park(parkedAt('a', 1));
      expect(await beside.follow(parkedAt('a', 2))).to.equal(true);
      expect(await beside.follow(parkedAt('a', 2))).to.equal(true);
      expect(await beside.follow(parkedAt('b', 2))).to.equal(false);
      expect(await beside.follow(parkedAt('a', 2, { group: 'tickets' }))).to.equal(false);
      expect(await revisions()).to.deep.equal([1, 2]);
    });

    it('keeps what was parked for itself when it comes again as a follower', async () => {
      await park.park(parkedAt('a', 1));
      expect(await beside.follow(parkedAt('a', 1))).to.equal(true);
      expect(await revisions()).to.deep.equal([1]);
    });

    it('lets an event go on that comes after the last one of its stream was taken', async () => {
      await park.park(parkedAt('a', 1));
      await beside.release(parkedAt('a', 1));
      expect(await park.follow(parkedAt('a', 2))).to.equal(false);
      expect(await revisions()).to.deep.equal([]);
    });

    it('leaves no follower behind alone, however a retry and the reader meet', async () => {
      for (let round = 0; round < 30; round++) {
        const stream = `s${round}`;
        await park.park(parkedAt(stream, 1));
        const taken = new Set<bigint>();
        const retry = async (): Promise<void> => {
          for (let event = await beside.first('orders', stream); event; event = await beside.first('orders', stream)) {
            taken.add(event.revision);
            await beside.release(event);
          }
        };
        const read = async (): Promise<void> => {
          for (let revision = 2; revision <= 6; revision++) {
            if (!(await park.follow(parkedAt(stream, revision)))) taken.add(BigInt(revision));
          }
        };
        await Promise.all([retry(), read()]);
        // What follows one that was there is taken by the retry, or by the next one.
        const left = (await park.list()).filter((event) => event.stream === stream).map(({ revision }) => revision);
        expect(left, stream).to.deep.equal([]);
        expect([...taken].sort(), stream).to.deep.equal([1n, 2n, 3n, 4n, 5n, 6n]);
      }
    });

    it('says why a retry failed again, and keeps the event for its own sake from then on', async () => {
      await park.park(parkedAt('a', 1));
      await park.follow(parkedAt('a', 2, { reason: 'behind' }));
      await beside.release(parkedAt('a', 1));
      await beside.failedAgain(parkedAt('a', 2), 'worse');
      expect(await park.list()).to.deep.equal([parkedAt('a', 2, { reason: 'worse' })]);
      expect(await park.follow(parkedAt('a', 2))).to.equal(true);
      await park.failedAgain(parkedAt('b', 2), 'nothing is there');
      expect(await revisions()).to.deep.equal([2]);
    });

    it('takes an event out that is given up, and keeps why, the first time', async () => {
      await park.park(parkedAt('a', 1));
      await park.park(parkedAt('b', 2, { group: 'tickets' }));
      await beside.skip(parkedAt('a', 1), 'never was one', 77);
      await park.skip(parkedAt('a', 1), 'again', 78);
      await park.skip(parkedAt('b', 2, { group: 'tickets' }), 'nor that', 79);
      const skipped = { ...parkedAt('a', 1), skippedBecause: 'never was one', skippedAt: 77 };
      expect(await park.skipped('orders')).to.deep.equal([skipped]);
      expect((await beside.skipped()).map(({ group }) => group)).to.deep.equal(['orders', 'tickets']);
      expect(await revisions()).to.deep.equal([]);
    });
  });
};
