import { expect } from 'chai';
import { type EventStore, WrongExpectedRevision } from '../../src/application/ports/event-store.js';
import { failureOf } from '../support/failure-of.js';
import { idsOf, many } from '../support/store-case.js';
import { newEvent } from '../support/temp-store.js';
import { type StoreAndCase, Subscriber } from './event-store-subscriptions.contract.js';

/** What comes of a second instance that is to append: it does, or opening it is refused with this error. */
export type SecondWriter = 'appends' | (abstract new (...parameters: never) => Error);

/** What any event store promises to several instances on one store, and to one after another. */
export const instancesContract = (current: () => StoreAndCase, secondWriter: SecondWriter): void => {
  describe('instances', () => {
    it('see what another has appended, at the same places', async () => {
      const { own, store } = current();
      const beside = await own.openBeside();
      for (let turn = 0; turn < 5; turn++) {
        const stream = own.stream(`sale-${turn}`);
        const { position } = await store.append(stream, many(3), 'no-stream');
        expect(await beside.read(stream)).to.deep.equal(await store.read(stream));
        expect((await beside.head()) >= position).to.equal(true);
      }
      expect(await own.all(beside)).to.deep.equal(await own.all(store));
    });

    it('wake those who subscribe at another', async () => {
      const { own, store } = current();
      const beside = await own.openBeside();
      const subscriber = new Subscriber({ own, store: beside });
      for (let turn = 0; turn < 5; turn++) {
        const waiting = subscriber.readUntil(() => subscriber.events.length === 2 * turn + 2);
        await store.append(own.stream(`sale-${turn}`), many(2), 'no-stream');
        await waiting;
      }
      await subscriber.end();
      expect(subscriber.events).to.deep.equal(await own.all(store));
    });

    it('leave what they answered to the next', async () => {
      const { own, store } = current();
      const [stream, events] = [own.stream('sale'), many(3)];
      const answer = await store.append(stream, events, 'no-stream');
      const written = await own.all(store);
      const next = await own.reopen(store);
      expect(await own.all(next)).to.deep.equal(written);
      expect(await next.append(stream, events, 'no-stream')).to.deep.equal(answer);
      const later = await next.append(stream, many(1), answer.revision);
      expect(later.revision).to.equal(3n);
      expect(later.position > answer.position).to.equal(true);
      expect(await failureOf(next.append(stream, many(1), answer.revision))).to.be.instanceOf(WrongExpectedRevision);
    });

    if (secondWriter !== 'appends') {
      it('that would append beside the first are refused', async () => {
        const { own, store } = current();
        expect(await failureOf(own.open())).to.be.instanceOf(secondWriter);
        await store.append(own.stream('sale'), many(1), 'no-stream');
        const beside = await own.openBeside();
        expect(await failureOf(beside.append(own.stream('sale'), many(1), 0n))).to.be.instanceOf(Error);
        expect(await store.read(own.stream('sale'))).to.have.length(1);
      });
      return;
    }

    it('settle what another was not told', async () => {
      const { own, store } = current();
      const beside = await own.openBeside();
      const [stream, events] = [own.stream('sale'), many(2)];
      const answer = await store.append(stream, events, 'no-stream');
      expect(await beside.append(stream, events, 'no-stream')).to.deep.equal(answer);
      const error = await failureOf(beside.append(stream, [newEvent()], 'no-stream'));
      expect(error).to.be.instanceOf(WrongExpectedRevision).and.deep.include({ actual: 1n });
      expect(idsOf(await store.read(stream))).to.deep.equal(idsOf(events));
    });

    it('that append to one stream never overwrite each other', async () => {
      const { own, store } = current();
      const stream = own.stream('sale');
      const write = async (instance: EventStore): Promise<string[]> => {
        const kept: string[] = [];
        while (kept.length < 20) {
          const [last] = await instance.read(stream, { direction: 'backwards', limit: 1 });
          const events = many(2);
          const error = await failureOf(instance.append(stream, events, last?.revision ?? 'no-stream'));
          if (error === undefined) kept.push(...idsOf(events));
          else expect(error).to.be.instanceOf(WrongExpectedRevision);
        }
        return kept;
      };
      const kept = await Promise.all([store, await own.openBeside(), await own.openBeside()].map(write));
      const written = await store.read(stream);
      expect(written.map(({ revision }) => Number(revision))).to.deep.equal(Array.from({ length: 60 }, (_, n) => n));
      expect(idsOf(written).sort()).to.deep.equal(kept.flat().sort());
      for (const own of kept) expect(idsOf(written).filter((id) => own.includes(id))).to.deep.equal(own);
    });
  });
};
