import { expect } from 'chai';
import type { AnswerStore, KeptAnswer } from '../../src/application/ports/answers.js';

/** One place where answers are kept, as an adapter sets it up. */
export interface AnswerStoreFixture {
  /** Opens the same place again, as after a restart. */
  open(): Promise<AnswerStore>;
  remove(): Promise<void>;
}

const answer: KeptAnswer = { status: 201, headers: { Location: '/v1/sales/1', ETag: '"1"' }, body: '{"name":"Zoë"}' };

/** What every `AnswerStore` does. */
export const answerStoreContract = (name: string, create: () => Promise<AnswerStoreFixture>): void => {
  describe(`${name} keeps answers`, () => {
    let fixture: AnswerStoreFixture;
    let store: AnswerStore;
    beforeEach(async () => {
      fixture = await create();
      store = await fixture.open();
    });
    afterEach(async () => {
      await store.close();
      await fixture.remove();
    });

    it('begins a key once', async () => {
      expect(await store.begin('key', 'request')).to.deep.equal({ kind: 'new' });
      expect(await store.begin('key', 'request')).to.deep.equal({ kind: 'running' });
      expect(await store.begin('key', 'other')).to.deep.equal({ kind: 'other-request' });
      expect(await store.begin('another key', 'request')).to.deep.equal({ kind: 'new' });
    });

    it('lets one of many begin', async () => {
      const begun = await Promise.all(Array.from({ length: 20 }, () => store.begin('key', 'request')));
      expect(begun.filter(({ kind }) => kind === 'new')).to.have.length(1);
    });

    it('gives the answer again, word by word', async () => {
      await store.begin('key', 'request');
      await store.finish('key', 'request', answer);
      expect(await store.begin('key', 'request')).to.deep.equal({ kind: 'done', answer });
      expect(await store.begin('key', 'other')).to.deep.equal({ kind: 'other-request' });
    });

    it('gives it to many who ask at once', async () => {
      await store.begin('key', 'request');
      await store.finish('key', 'request', answer);
      const begun = await Promise.all(Array.from({ length: 20 }, () => store.begin('key', 'request')));
      expect(begun).to.deep.equal(begun.map(() => ({ kind: 'done', answer })));
    });

    it('lets no second one begin while the first finishes', async () => {
      // The second look-up is under way when the first one's answer comes in.
      for (let round = 0; round < 50; round++) {
        const key = `key ${round}`;
        const first = store.begin(key, 'request').then(() => store.finish(key, 'request', answer));
        const second = store.begin(key, 'request');
        const third = Promise.resolve().then(() => store.begin(key, 'request'));
        await first;
        expect((await second).kind).to.equal('running');
        expect((await third).kind).to.equal('running');
      }
    });

    it('keeps the answers of many at once', async () => {
      const keys = Array.from({ length: 50 }, (_, index) => `key ${index}`);
      await Promise.all(keys.map((key) => store.begin(key, 'request')));
      await Promise.all(keys.map((key) => store.finish(key, 'request', { ...answer, body: key })));
      for (const key of keys) {
        expect(await store.begin(key, 'request')).to.deep.equal({ kind: 'done', answer: { ...answer, body: key } });
      }
    });

    it('frees a key of which nothing came', async () => {
      await store.begin('key', 'request');
      await store.abandon('key');
      expect(await store.begin('key', 'other')).to.deep.equal({ kind: 'new' });
    });

    it('still has the answer after a restart', async () => {
      await store.begin('key', 'request');
      await store.finish('key', 'request', answer);
      await store.close();
      store = await fixture.open();
      expect(await store.begin('key', 'request')).to.deep.equal({ kind: 'done', answer });
    });

    it('begins anew what a crash cut off', async () => {
      await store.begin('key', 'request');
      await store.close();
      store = await fixture.open();
      expect(await store.begin('key', 'request')).to.deep.equal({ kind: 'new' });
    });

    it('keeps what is finished while it closes', async () => {
      await store.begin('key', 'request');
      const finished = store.finish('key', 'request', answer);
      await store.close();
      await finished;
      store = await fixture.open();
      expect((await store.begin('key', 'request')).kind).to.equal('done');
    });
  });
};
