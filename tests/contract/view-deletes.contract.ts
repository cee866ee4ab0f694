import { expect } from 'chai';
import fc from 'fast-check';
import { beginning } from '../../src/application/ports/event-store.js';
import type { AppliedEvent, ViewDocument, ViewStore } from '../../src/application/ports/views.js';
import { beginEmpty } from '../support/begin-empty.js';
import { failureOf } from '../support/failure-of.js';
import { at, event, things } from '../support/things.js';
import type { ViewStoreUnderTest } from './view-store.contract.js';

/** What every view store promises of documents that are deleted. */
export const viewDeletesContract = (name: string, open: () => Promise<ViewStoreUnderTest>): void => {
  describe(`view deletes contract: ${name}`, () => {
    let subject: ViewStoreUnderTest;
    let views: ViewStore;
    let partition: number;
    beforeEach(async () => {
      subject = await open();
      views = subject.views;
      partition = subject.partitions - 1;
      await beginEmpty(views, things);
    });
    afterEach(() => subject.dispose());

    /** Consecutive events behind a position, as the feed delivers them. */
    const deliver = (after: number, events: readonly AppliedEvent[], through = views): Promise<void> =>
      through.apply(
        things,
        partition,
        events,
        events.at(-1)?.position ?? at(after),
        after === 0 ? beginning : at(after),
      );
    const get = (id: string): Promise<ViewDocument | undefined> => views.get(things, 'things', id);

    const made = event(1, { id: 'a', $set: { name: 'x' }, $inc: { count: 1 } });
    const deleted = event(2, { id: 'a', $delete: true });
    const madeAgain = event(3, { id: 'a', $inc: { count: 5 } });

    it('removes a document, and leaves the others', async () => {
      await deliver(0, [made, event(2, { id: 'b', $set: { name: 'y' } })]);
      await deliver(2, [event(3, { id: 'a', $delete: true })]);
      expect(await views.find(things, 'things', { limit: 10 })).to.deep.equal([{ _id: 'b', name: 'y' }]);
    });

    it('refuses to delete in a collection that keeps its documents', async () => {
      const change = { collection: 'others', id: 'a' };
      await deliver(0, [{ position: at(1), changes: [{ ...change, $set: { x: 1 } }] }]);
      const refusal = await failureOf(deliver(1, [{ position: at(2), changes: [{ ...change, $delete: true }] }]));
      expect(refusal).to.have.property('message', 'others keeps its documents');
      expect(await views.get(things, 'others', 'a')).to.deep.equal({ _id: 'a', x: 1 });
    });

    it('takes a document that was never there for deleted', async () => {
      await deliver(0, [event(1, { id: 'a', $delete: true })]);
      expect(await get('a')).to.equal(undefined);
    });

    it('makes it anew, empty, when a later change comes', async () => {
      await deliver(0, [made]);
      await deliver(1, [deleted]);
      await deliver(2, [madeAgain]);
      expect(await get('a')).to.deep.equal({ _id: 'a', count: 5 });
    });

    it('deletes and makes anew within one batch', async () => {
      await deliver(0, [made]);
      await deliver(1, [
        deleted,
        madeAgain,
        event(4, { id: 'b', $set: { x: 1 } }),
        event(5, { id: 'b', $delete: true }),
      ]);
      expect(await get('a')).to.deep.equal({ _id: 'a', count: 5 });
      expect(await get('b')).to.equal(undefined);
    });

    it('follows the order of changes that one event makes', async () => {
      await deliver(0, [
        event(1, { id: 'a', $set: { x: 1 } }, { id: 'a', $delete: true }, { id: 'a', $set: { y: 2 } }),
      ]);
      expect(await get('a')).to.deep.equal({ _id: 'a', y: 2 });
    });

    it('does not bring it back when the events before are delivered again, in whatever cut, by whatever process', async () => {
      await deliver(0, [made, deleted]);
      for (const through of [views, subject.beside]) {
        await deliver(0, [made], through);
        await deliver(0, [made, deleted], through);
        await deliver(1, [deleted], through);
        expect(await get('a')).to.equal(undefined);
      }
      await deliver(1, [deleted, madeAgain]);
      await deliver(0, [made, deleted, madeAgain]);
      expect(await get('a')).to.deep.equal({ _id: 'a', count: 5 });
    });

    it('takes an event apart from the others by what the document knows', async () => {
      await deliver(0, [made, event(2, { id: 'b', $inc: { count: 1 } }), event(4, { id: 'b', $inc: { count: 1 } })]);
      const apart = event(3, { id: 'a', $inc: { count: 2 } }, { id: 'b', $inc: { count: 100 } });
      for (let twice = 0; twice < 2; twice++) await views.apply(things, partition, [apart], beginning);
      expect(await get('a')).to.deep.include({ count: 3 });
      expect(await get('b')).to.deep.include({ count: 2 });
      expect((await views.live(things))?.checkpoints[partition]).to.equal(at(4));
    });

    it('deletes in a generation in the making, also what was written long before', async () => {
      const rebuild = await views.rebuild(things);
      const text = 'x'.repeat(20_000);
      const large = (name: string, from: number): readonly AppliedEvent[] =>
        Array.from({ length: 1_500 }, (_, index) => event(from + index, { id: `${name}${index}`, $set: { text } }));
      const fill = async (events: readonly AppliedEvent[]): Promise<void> => {
        for (let from = 0; from < events.length; from += 100) {
          const page = events.slice(from, from + 100);
          await rebuild.apply(partition, page, page.at(-1)?.position ?? beginning);
        }
      };
      const first = large('a', 1);
      await fill(first);
      await fill(first.slice(0, 1_499).map((_, index) => event(2_000 + index, { id: `a${index}`, $delete: true })));
      // So much that what was deleted is let go of.
      await fill(large('b', 4_000));
      await fill(first.slice(0, 100));
      await fill([event(6_000, { id: 'a0', $set: { again: true } })]);
      await rebuild.promote();
      const left = await views.find(things, 'things', { where: { _id: { $lt: 'b' } }, limit: 10 });
      expect(left).to.deep.equal([
        { _id: 'a0', again: true },
        { _id: 'a1499', text },
      ]);
    });

    it('comes to the same however the batches are cut and repeated', async () => {
      const change = fc.record({
        id: fc.constantFrom('a', 'b'),
        by: fc.integer({ min: -5, max: 5 }),
        ends: fc.boolean(),
      });
      const cuts = fc.array(fc.record({ from: fc.nat(30), length: fc.integer({ min: 1, max: 30 }) }), { maxLength: 8 });
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 30 }), cuts, async (changes, repeats) => {
          const projection = { ...things, name: `deletes-${run++}` };
          await beginEmpty(views, projection);
          const events = changes.map(({ id, by, ends }, index) =>
            event(index + 1, ends ? { id, $delete: true } : { id, $inc: { sum: by }, $push: { list: index } }),
          );
          let reached = 0;
          for (const [turn, { from, length }] of [...repeats, { from: 0, length: events.length }].entries()) {
            const begin = Math.min(from, reached);
            const batch = events.slice(begin, begin + length);
            const through = turn % 2 === 0 ? views : subject.beside;
            const after = begin === 0 ? beginning : at(begin);
            await through.apply(projection, partition, batch, batch.at(-1)?.position ?? after, after);
            reached = Math.max(reached, begin + batch.length);
            for (const id of ['a', 'b']) {
              expect(await views.get(projection, 'things', id)).to.deep.equal(
                documentOf(id, changes.slice(0, reached)),
              );
            }
          }
        }),
        { numRuns: 40 },
      );
    });
  });
};

interface Made {
  readonly id: string;
  readonly by: number;
  readonly ends: boolean;
}

/** What the changes come to, one after the other. */
const documentOf = (id: string, changes: readonly Made[]): ViewDocument | undefined => {
  let document: { _id: string; sum: number; list: number[] } | undefined;
  for (const [index, { id: of, by, ends }] of changes.entries()) {
    if (of !== id) continue;
    if (ends) document = undefined;
    else document = { _id: id, sum: (document?.sum ?? 0) + by, list: [...(document?.list ?? []), index] };
  }
  return document;
};
