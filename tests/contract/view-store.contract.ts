import { expect } from 'chai';
import fc from 'fast-check';
import { beginning, type Position } from '../../src/application/ports/event-store.js';
import {
  type AppliedEvent,
  type Query,
  ViewBehind,
  type ViewDocument,
  type ViewStore,
} from '../../src/application/ports/views.js';
import { beginEmpty } from '../support/begin-empty.js';
import { failureOf } from '../support/failure-of.js';
import { at, checkpointOf, event, things } from '../support/things.js';

export interface ViewStoreUnderTest {
  readonly partitions: number;
  readonly views: ViewStore;
  /** Another one over the same documents, as another process has it. */
  readonly beside: ViewStore;
  /** Closes the store and opens it again over what it kept. */
  reopen(): Promise<ViewStore>;
  dispose(): Promise<void>;
}

/** What every view store promises; each case gets an empty one. */
export const viewStoreContract = (name: string, open: () => Promise<ViewStoreUnderTest>): void => {
  describe(`view store contract: ${name}`, () => {
    let subject: ViewStoreUnderTest;
    let views: ViewStore;
    /** The last one: its events are what most cases apply. */
    let own: number;
    beforeEach(async () => {
      subject = await open();
      views = subject.views;
      own = subject.partitions - 1;
      await beginEmpty(views, things);
    });
    afterEach(() => subject.dispose());

    const checkpoint = (partition: number): Promise<Position> => checkpointOf(views, things, partition);
    const apply = (events: readonly AppliedEvent[], partition = own): Promise<void> =>
      views.apply(things, partition, events, events.at(-1)?.position ?? beginning);
    const get = (id: string): Promise<ViewDocument | undefined> => views.get(things, 'things', id);
    const find = (query: Query): Promise<readonly ViewDocument[]> => views.find(things, 'things', query);
    const ids = async (query: Query): Promise<readonly string[]> => (await find(query)).map(({ _id }) => _id);

    describe('documents', () => {
      it('has none that no event made', async () => {
        expect(await get('a')).to.equal(undefined);
        expect(await find({ limit: 10 })).to.deep.equal([]);
      });

      it('folds every operator, and shows no marks', async () => {
        await apply([
          event(1, { id: 'a', $set: { name: 'x', 'deep.inside': 1 }, $inc: { count: 2 }, $push: { list: 'p' } }),
          event(2, { id: 'a', $inc: { count: -3 }, $max: { high: 5 }, $min: { low: 5 }, $push: { list: 'q' } }),
          event(3, {
            id: 'a',
            $max: { high: 4 },
            $min: { low: 4 },
            $unset: { name: '' },
            $set: { 'deep.other': null },
          }),
        ]);
        expect(await get('a')).to.deep.equal({
          _id: 'a',
          deep: { inside: 1, other: null },
          count: -1,
          list: ['p', 'q'],
          high: 5,
          low: 4,
        });
      });

      it('applies several changes of one event to one document', async () => {
        await apply([event(1, { id: 'a', $inc: { count: 1 } }, { id: 'a', $inc: { count: 1 } })]);
        await apply([event(1, { id: 'a', $inc: { count: 1 } }, { id: 'a', $inc: { count: 1 } })]);
        expect(await get('a')).to.deep.equal({ _id: 'a', count: 2 });
      });

      it('applies an event once', async () => {
        const first = event(1, { id: 'a', $inc: { count: 1 } });
        await apply([first]);
        await apply([first]);
        expect(await get('a')).to.deep.include({ count: 1 });
        const again = (): AppliedEvent => event(2, { id: 'b', $inc: { count: 1 } });
        await apply([again(), again()]);
        expect(await get('b')).to.deep.include({ count: 1 });
      });

      it('leaves out an old event that comes after a newer one', async () => {
        await apply([event(2, { id: 'a', $set: { name: 'new' }, $inc: { count: 1 } })]);
        await apply([event(1, { id: 'a', $set: { name: 'old' }, $inc: { count: 1 } })]);
        expect(await get('a')).to.deep.equal({ _id: 'a', name: 'new', count: 1 });
      });

      it('shows no change of a collection before those of one that is declared ahead of it', async () => {
        const writing = (async () => {
          for (let n = 1; n <= 60; n++) {
            const changes = [
              { collection: 'later', id: 'a', $set: { count: n } },
              ...Array.from({ length: 9 }, (_, at) => ({ collection: 'others', id: `b${at}`, $set: { count: n } })),
            ];
            await apply([{ position: at(n), changes }]);
          }
        })();
        for (let seen = 0; seen < 60; ) {
          seen = Number((await views.get(things, 'later', 'a'))?.count ?? 0);
          const [oldest] = await views.find(things, 'others', { sort: ['count'], limit: 1 });
          expect(oldest?.count ?? 0).to.be.at.least(seen);
        }
        await writing;
      });

      it('takes an older event for a document that no newer one touched', async () => {
        await apply([event(2, { id: 'a', $inc: { count: 1 } })]);
        await apply([event(1, { id: 'b', $inc: { count: 1 } })]);
        expect(await get('b')).to.deep.include({ count: 1 });
      });

      it('keeps a mark for each partition', async () => {
        await apply([event(5, { id: 'a', $inc: { count: 1 } })], own);
        await apply([event(3, { id: 'a', $inc: { count: 1 } })], own + 1);
        await apply([event(3, { id: 'a', $inc: { count: 1 } })], own + 1);
        await apply([event(4, { id: 'a', $inc: { count: 1 } })], own);
        expect(await get('a')).to.deep.include({ count: 2 });
      });

      it('is the same however the batches are cut and repeated', async () => {
        const change = fc.record({ id: fc.constantFrom('a', 'b', 'c'), by: fc.integer({ min: -5, max: 5 }) });
        const cuts = fc.array(fc.record({ from: fc.nat(30), length: fc.integer({ min: 1, max: 30 }) }), {
          maxLength: 8,
        });
        let run = 0;
        await fc.assert(
          fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 30 }), cuts, async (changes, repeats) => {
            const projection = { ...things, name: `cuts-${run++}` };
            await beginEmpty(views, projection);
            const events = changes.map(({ id, by }, index) =>
              event(index + 1, { id, $inc: { sum: by }, $push: { list: index } }),
            );
            let reached = 0;
            // A batch begins where an earlier one did or ended, never behind what was applied: so the feed delivers.
            for (const { from, length } of [...repeats, { from: 0, length: events.length }]) {
              const begin = Math.min(from, reached);
              const batch = events.slice(begin, begin + length);
              await views.apply(projection, own, batch, batch.at(-1)?.position ?? beginning);
              reached = Math.max(reached, begin + batch.length);
            }
            for (const id of ['a', 'b', 'c']) {
              const own = changes.flatMap((one, index) => (one.id === id ? [{ ...one, index }] : []));
              const due =
                own.length === 0
                  ? undefined
                  : { _id: id, sum: own.reduce((sum, { by }) => sum + by, 0), list: own.map(({ index }) => index) };
              expect(await views.get(projection, 'things', id)).to.deep.equal(due);
            }
          }),
          { numRuns: 40 },
        );
      });

      it('applies an event once where two processes take it at the same time', async () => {
        const through = [views, subject.beside];
        const events = Array.from({ length: 20 }, (_, index) => event(index + 1, { id: 'a', $inc: { count: 1 } }));
        for (const one of events) {
          await Promise.all(through.map((store) => store.apply(things, own, [one], one.position)));
        }
        expect(await subject.beside.get(things, 'things', 'a')).to.deep.equal({ _id: 'a', count: 20 });
      });

      it('applies nothing of a batch that has a change which it refuses', async () => {
        const broken = [event(1, { id: 'a', $inc: { count: 1 } }), event(2, { id: 'b', $set: { '0': 1 } })];
        let refusal: unknown;
        await apply(broken).catch((error: unknown) => {
          refusal = error;
        });
        expect(refusal).to.be.instanceOf(Error);
        expect(await get('a')).to.equal(undefined);
        expect(await checkpoint(own)).to.equal(beginning);
      });

      it('keeps any text', async () => {
        const texts = ['Zoë 🎟 日本', "'; DROP TABLE x; --", '"', 'a\u0000b', '\u2028', '%_', ''];
        await apply(texts.map((text, index) => event(index + 1, { id: `t${index}`, $set: { text } })));
        for (const [index, text] of texts.entries()) {
          expect(await get(`t${index}`)).to.deep.equal({ _id: `t${index}`, text });
          if (!text.includes('\0')) expect(await ids({ where: { text }, limit: 10 })).to.deep.equal([`t${index}`]);
        }
      });
    });

    describe('checkpoints', () => {
      it('begin at the beginning, and move per partition', async () => {
        expect(await checkpoint(own)).to.equal(beginning);
        await views.apply(things, own + 1, [], at(7));
        expect(await checkpoint(own)).to.equal(beginning);
        expect(await checkpoint(own + 1)).to.equal(at(7));
      });

      it('never move backwards', async () => {
        await views.apply(things, own, [], at(7));
        await views.apply(things, own, [event(3, { id: 'a', $inc: { count: 1 } })], at(3));
        expect(await checkpoint(own)).to.equal(at(7));
      });

      it('keep out a batch that goes on from further than they are', async () => {
        await views.apply(things, own, [], at(7));
        const next = [event(9, { id: 'a', $inc: { count: 1 } })];
        expect(await failureOf(views.apply(things, own, next, at(9), at(8)))).to.be.instanceOf(ViewBehind);
        expect(await get('a')).to.equal(undefined);
        expect(await checkpoint(own)).to.equal(at(7));
        await views.apply(things, own, next, at(9), at(7));
        expect(await get('a')).to.deep.include({ count: 1 });
      });

      it('stay with the documents over a restart', async () => {
        await apply([event(7, { id: 'a', $inc: { count: 1 } })]);
        views = await subject.reopen();
        expect(await checkpoint(own)).to.equal(at(7));
        await apply([event(7, { id: 'a', $inc: { count: 1 } })]);
        expect(await get('a')).to.deep.equal({ _id: 'a', count: 1 });
      });
    });

    describe('queries', () => {
      beforeEach(() =>
        apply([
          event(1, { id: 'a', $set: { size: 1, kind: 'x', flag: true, deep: { of: 'k' } } }),
          event(2, { id: 'b', $set: { size: 2, kind: 'x', flag: false } }),
          event(3, { id: 'c', $set: { size: 3, kind: 'y', flag: null } }),
          event(4, { id: 'd', $set: { size: '2', kind: 'ÿ' } }),
          event(5, { id: 'e', $set: { size: null, kind: '🎟' } }),
        ]),
      );

      it('compares with values of one kind only', async () => {
        expect(await ids({ where: { size: 2 }, limit: 10 })).to.deep.equal(['b']);
        expect(await ids({ where: { size: '2' }, limit: 10 })).to.deep.equal(['d']);
        expect(await ids({ where: { flag: true }, limit: 10 })).to.deep.equal(['a']);
        expect(await ids({ where: { flag: 1 }, limit: 10 })).to.deep.equal([]);
        expect(await ids({ where: { size: { $gt: 1 } }, limit: 10 })).to.deep.equal(['b', 'c']);
      });

      it('knows the bounds of $gt, $gte, $lt, $lte, and joins them', async () => {
        expect(await ids({ where: { size: { $gt: 1, $lt: 3 } }, limit: 10 })).to.deep.equal(['b']);
        expect(await ids({ where: { size: { $gte: 1, $lte: 3 } }, limit: 10 })).to.deep.equal(['a', 'b', 'c']);
        expect(await ids({ where: { kind: { $gt: 'x', $lte: 'ÿ' } }, limit: 10 })).to.deep.equal(['c', 'd']);
      });

      it('finds any of a list, and none of an empty one', async () => {
        expect(await ids({ where: { size: { $in: [1, '2', null] } }, limit: 10 })).to.deep.equal(['a', 'd', 'e']);
        expect(await ids({ where: { size: { $in: [] } }, limit: 10 })).to.deep.equal([]);
      });

      it('takes a missing field for null', async () => {
        expect(await ids({ where: { flag: null }, limit: 10 })).to.deep.equal(['c', 'd', 'e']);
      });

      it('reaches inside fields and joins conditions', async () => {
        expect(await ids({ where: { 'deep.of': 'k' }, limit: 10 })).to.deep.equal(['a']);
        expect(await ids({ where: { kind: 'x', flag: false }, limit: 10 })).to.deep.equal(['b']);
        expect(await ids({ where: { kind: 'x', size: 3 }, limit: 10 })).to.deep.equal([]);
      });

      it('finds any character', async () => {
        expect(await ids({ where: { kind: '🎟' }, limit: 10 })).to.deep.equal(['e']);
      });

      it('sorts up and down, ends with the id, and stops at the limit', async () => {
        const where = { size: { $in: [1, 2, 3] } };
        expect(await ids({ where, sort: ['-size'], limit: 10 })).to.deep.equal(['c', 'b', 'a']);
        expect(await ids({ where, sort: ['-kind', 'size'], limit: 10 })).to.deep.equal(['c', 'a', 'b']);
        expect(await ids({ where, sort: ['kind', '-size'], limit: 2 })).to.deep.equal(['b', 'a']);
        expect(await ids({ where, sort: ['kind'], limit: 10 })).to.deep.equal(['a', 'b', 'c']);
        expect(await ids({ where: { _id: { $gt: 'b' } }, limit: 2 })).to.deep.equal(['c', 'd']);
      });
    });
  });
};
