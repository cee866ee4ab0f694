import { expect } from 'chai';
import { beginning } from '../../src/application/ports/event-store.js';
import {
  type AppliedEvent,
  OtherGeneration,
  type Query,
  type Rebuild,
  type ViewDocument,
  type ViewStore,
  ViewsUnavailable,
} from '../../src/application/ports/views.js';
import { beginEmpty } from '../support/begin-empty.js';
import { failureOf } from '../support/failure-of.js';
import { at, checkpointOf, event, things } from '../support/things.js';
import type { ViewStoreUnderTest } from './view-store.contract.js';

/** What every view store promises of generations: made beside the live one, then given to readers in one step. */
export const viewGenerationsContract = (name: string, open: () => Promise<ViewStoreUnderTest>): void => {
  describe(`view generations contract: ${name}`, () => {
    let subject: ViewStoreUnderTest;
    let views: ViewStore;
    beforeEach(async () => {
      subject = await open();
      views = subject.views;
      await beginEmpty(views, things);
    });
    afterEach(() => subject.dispose());

    const apply = (events: readonly AppliedEvent[]): Promise<void> =>
      views.apply(things, 0, events, events.at(-1)?.position ?? beginning);
    const get = (id: string): Promise<ViewDocument | undefined> => views.get(things, 'things', id);
    const find = (query: Query): Promise<readonly ViewDocument[]> => views.find(things, 'things', query);

    describe('a projection without a live generation', () => {
      const unborn = { ...things, name: 'unborn' };

      it('is unavailable to readers, not empty', async () => {
        expect(await views.live(unborn)).to.equal(undefined);
        expect(await checkpointOf(views, unborn, 0)).to.equal(beginning);
        const rebuild = await views.rebuild(unborn);
        await rebuild.apply(0, [event(1, { id: 'a', $set: { count: 1 } })], at(1));
        expect(await views.live(unborn)).to.equal(undefined);
        expect(await failureOf(views.get(unborn, 'things', 'a'))).to.be.instanceOf(ViewsUnavailable);
        expect(await failureOf(views.find(unborn, 'things', { limit: 1 }))).to.be.instanceOf(ViewsUnavailable);
        await rebuild.promote();
        expect(await views.live(unborn)).to.deep.equal({ version: 1, checkpoints: [at(1)] });
        expect(await views.count(unborn)).to.equal(1);
        expect(await views.get(unborn, 'things', 'a')).to.deep.include({ count: 1 });
      });

      it('takes no events', async () => {
        expect(await failureOf(views.apply(unborn, 0, [], at(1)))).to.be.instanceOf(OtherGeneration);
      });
    });

    describe('rebuilds', () => {
      const fill = async (rebuild: Rebuild, count: number): Promise<void> =>
        rebuild.apply(0, [event(9, { id: 'a', $set: { count } })], at(9));

      beforeEach(() => apply([event(1, { id: 'a', $set: { count: 1 } }), event(2, { id: 'old', $set: { count: 1 } })]));

      it('are seen in one step, with their checkpoint', async () => {
        const rebuild = await views.rebuild(things);
        await fill(rebuild, 2);
        expect(await get('a')).to.deep.include({ count: 1 });
        expect(await checkpointOf(views, things, 0)).to.equal(at(2));
        await rebuild.promote();
        expect(await get('a')).to.deep.include({ count: 2 });
        expect(await get('old')).to.equal(undefined);
        expect(await checkpointOf(views, things, 0)).to.equal(at(9));
      });

      it('never show readers a half', async () => {
        const rebuild = await views.rebuild(things);
        await fill(rebuild, 2);
        const seen: (string | undefined)[] = [];
        let isOver = false;
        const reading = (async () => {
          do {
            const found = await find({ limit: 10 });
            seen.push(found.map(({ _id, count }) => `${_id}${String(count)}`).join());
          } while (!isOver || seen.length < 5);
        })();
        await rebuild.promote();
        isOver = true;
        await reading;
        expect(new Set(seen)).to.satisfy((all: Set<string>) =>
          [...all].every((one) => one === 'a1,old1' || one === 'a2'),
        );
        expect(seen.at(-1)).to.equal('a2');
      });

      it('under a lease: the old generation is there till it is retired for long enough, and then it is dropped', async () => {
        await (await views.rebuild(things, 5)).promote();
        const rebuild = await views.rebuild(things, 6);
        await fill(rebuild, 2);
        await rebuild.promote();
        await views.dropRetired(things, 60_000);
        await views.dropRetired(things, 0);
        expect(await get('a')).to.deep.include({ count: 2 });
      });

      it('of an earlier holder of the lease are dropped by the next, and can not be promoted any more', async () => {
        const early = await views.rebuild(things, 5);
        await fill(early, 5);
        const { beside } = subject;
        await beside.dropUnfinished(things, 6);
        const late = await beside.rebuild(things, 6);
        expect(await failureOf(early.promote())).to.be.instanceOf(OtherGeneration);
        await fill(late, 6);
        await late.promote();
        expect(await get('a')).to.deep.include({ count: 6 });
      });

      it('that are begun late, under a lease that is another’s by now, can not be promoted', async () => {
        const { beside } = subject;
        await beside.dropUnfinished(things, 6);
        const later = await beside.rebuild(things, 6);
        const earlier = await views.rebuild(things, 5);
        await fill(earlier, 5);
        expect(await failureOf(earlier.promote())).to.be.instanceOf(OtherGeneration);
        await fill(later, 6);
        await later.promote();
        const again = await views.rebuild(things, 5);
        expect(await failureOf(again.promote())).to.be.instanceOf(OtherGeneration);
        expect(await get('a')).to.deep.include({ count: 6 });
      });

      it('of the holder itself, and what is live, are left alone when others look for what was left', async () => {
        const rebuild = await views.rebuild(things, 7);
        await subject.beside.dropUnfinished(things, 7);
        await subject.beside.dropUnfinished({ ...things, name: 'others' }, 100);
        await subject.beside.dropRetired(things, 0);
        await fill(rebuild, 7);
        await rebuild.promote();
        await subject.beside.dropUnfinished(things, 100);
        expect(await get('a')).to.deep.include({ count: 7 });
      });

      it('are seen by another process in the same step', async () => {
        const rebuild = await views.rebuild(things);
        await fill(rebuild, 2);
        expect(await subject.beside.get(things, 'things', 'a')).to.deep.include({ count: 1 });
        await rebuild.promote();
        expect(await subject.beside.get(things, 'things', 'a')).to.deep.include({ count: 2 });
        expect(await checkpointOf(subject.beside, things, 0)).to.equal(at(9));
      });

      it('can be thrown away', async () => {
        const rebuild = await views.rebuild(things);
        await fill(rebuild, 2);
        await rebuild.discard();
        expect(await get('a')).to.deep.include({ count: 1 });
        expect(await failureOf(rebuild.promote())).to.be.instanceOf(OtherGeneration);
      });

      it('list their documents by id', async () => {
        const rebuild = await views.rebuild(things);
        const made = Array.from({ length: 1_200 }, (_, index) => String(index).padStart(4, '0'));
        await rebuild.apply(0, [event(9, ...made.toReversed().map((id) => ({ id, $set: { id } })))], at(9));
        const listed: string[] = [];
        for await (const { _id } of rebuild.documents('things')) listed.push(_id);
        expect(listed).to.deep.equal(made);
      });

      it('of a newer version leave the old to its readers till then, and shut out its writer after', async () => {
        const newer = { ...things, version: 2 };
        expect(await views.live(newer)).to.deep.equal({ version: 1, checkpoints: [at(2)] });
        expect(await views.get(newer, 'things', 'a')).to.deep.include({ count: 1 });
        const rebuild = await views.rebuild(newer);
        await rebuild.apply(0, [event(9, { id: 'a', $set: { count: 3 } })], at(9));
        await rebuild.promote();
        expect(await views.get(things, 'things', 'a')).to.deep.include({ count: 3 });
        expect(await failureOf(apply([event(10, { id: 'a', $set: { count: 4 } })]))).to.be.instanceOf(OtherGeneration);
      });
    });
  });
};
