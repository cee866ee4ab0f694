import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import type {
  AllPage,
  EventFilter,
  EventStore,
  Position,
  RecordedEvent,
} from '../../src/application/ports/event-store.js';
import { expectIncreasing, idsOf, many, type StoreCase } from '../support/store-case.js';
import { newEvent } from '../support/temp-store.js';

export interface StoreAndCase {
  readonly own: StoreCase;
  readonly store: EventStore;
}

/** Reads a subscription at a pace of its own. */
export class Subscriber {
  readonly events: RecordedEvent[] = [];
  readonly #ending = new AbortController();
  readonly #pages: AsyncIterator<AllPage>;
  /** Everything up to here was looked at. */
  upTo: Position;

  constructor(
    { own, store }: StoreAndCase,
    { after = own.start, filter = {} }: { readonly after?: Position; readonly filter?: EventFilter } = {},
  ) {
    this.upTo = after;
    this.#pages = store.subscribe(after, { filter, signal: this.#ending.signal })[Symbol.asyncIterator]();
    this.#isOwn = (event) => own.isOwn(event);
  }
  readonly #isOwn: (event: RecordedEvent) => boolean;

  /** Takes page by page until it has come so far. */
  async readUntil(isEnough: () => boolean): Promise<void> {
    while (!isEnough()) expect(await this.next(), 'the subscription has not ended').to.equal(true);
  }

  /** @returns whether there was a page, or else the subscription has ended */
  async next(): Promise<boolean> {
    const page = await this.#pages.next();
    if (page.done === true) return false;
    const { events, next } = page.value;
    expect(next >= this.upTo, 'it never goes back').to.equal(true);
    expectIncreasing(events);
    for (const { position } of events) expect(position > this.upTo && position <= next).to.equal(true);
    this.events.push(...events.filter(this.#isOwn));
    this.upTo = next;
    return true;
  }

  async end(): Promise<void> {
    this.#ending.abort();
    while (await this.next());
  }

  abort(): void {
    this.#ending.abort();
  }
}

/** Bytes that this thread holds on to: what buffers stood for is given back a little later than they are collected. */
const heldBytes = async (): Promise<number> => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  for (let least = Number.POSITIVE_INFINITY; ; ) {
    collect();
    await nextTurn();
    const { heapUsed, external } = process.memoryUsage();
    if (heapUsed + external >= least) return least;
    least = heapUsed + external;
  }
};

/** What a subscription on any event store promises. */
export const subscriptionsContract = (current: () => StoreAndCase): void => {
  describe('subscriptions', () => {
    it('lead from the past into the present, nothing left out or doubled', async () => {
      const { own, store } = current();
      const write = async (writer: number): Promise<void> => {
        for (let turn = 0; turn < 40; turn++) {
          await store.append(own.stream(`sale-${writer}`), many(3), turn === 0 ? 'no-stream' : BigInt(turn * 3 - 1));
        }
      };
      await write(0);
      const writers = Promise.all([1, 2, 3, 4].map(write));
      const subscriber = new Subscriber(current());
      await subscriber.readUntil(() => subscriber.events.length >= 600);
      await writers;
      await subscriber.end();
      expect(idsOf(subscriber.events)).to.deep.equal(idsOf(await own.all(store, {}, 1_000)));
    });

    it('wake who waits', async () => {
      const { own, store } = current();
      const subscriber = new Subscriber(current(), { filter: { types: ['SaleOpened'] } });
      const waiting = subscriber.readUntil(() => subscriber.events.length > 0);
      const event = newEvent('SaleOpened');
      await store.append(own.stream('sale'), [event], 'no-stream');
      await waiting;
      expect(idsOf(subscriber.events)).to.deep.equal([event.id]);
      await subscriber.end();
    });

    it('begin right behind a position', async () => {
      const { own, store } = current();
      await store.append(own.stream('sale-1'), many(6), 'no-stream');
      const { position } = await store.append(own.stream('sale-2'), many(4), 'no-stream');
      const later = many(3);
      await store.append(own.stream('sale-1'), later, 5n);
      const subscriber = new Subscriber(current(), { after: position });
      await subscriber.readUntil(() => subscriber.events.length >= 3);
      await subscriber.end();
      expect(idsOf(subscriber.events)).to.deep.equal(idsOf(later));
    });

    it('go on where one was left, at each page that it gave', async () => {
      const { own, store } = current();
      for (let stream = 0; stream < 30; stream++) {
        await store.append(own.stream(`sale-${stream}`), many(100), 'no-stream');
      }
      const seen: string[] = [];
      for (let after = own.start; seen.length < 3_000; ) {
        const subscriber = new Subscriber(current(), { after });
        await subscriber.next();
        seen.push(...idsOf(subscriber.events));
        after = subscriber.upTo;
        subscriber.abort();
      }
      expect(seen).to.deep.equal(idsOf(await own.all(store, {}, 1_000)));
    });

    it('move past what a filter leaves out, and say how far', async () => {
      const { own, store } = current();
      const subscriber = new Subscriber(current(), { filter: { types: ['NobodyWritesThis'] } });
      const waiting = subscriber.next();
      const { position } = await store.append(own.stream('sale'), many(3), 'no-stream');
      expect(await waiting).to.equal(true);
      await subscriber.readUntil(() => subscriber.upTo >= position);
      expect(subscriber.events).to.deep.equal([]);
      await subscriber.end();
    });

    it('end with their signal: before they begin, while they wait, and between two pages', async () => {
      const { own, store } = current();
      const early = new Subscriber(current());
      early.abort();
      expect(await early.next()).to.equal(false);
      const waiting = new Subscriber(current(), { filter: { types: ['NobodyWritesThis'] } });
      await store.append(own.stream('sale-1'), many(1), 'no-stream');
      await waiting.next();
      const next = waiting.next();
      waiting.abort();
      expect(await next).to.equal(false);
      const between = new Subscriber(current());
      expect(await between.next()).to.equal(true);
      await store.append(own.stream('sale-2'), many(1), 'no-stream');
      between.abort();
      await between.end();
      expect(await between.next()).to.equal(false);
    });

    it('wait for a reader that is slow, and hold no events for it', async () => {
      const { own, store } = current();
      const data = JSON.stringify('x'.repeat(500_000));
      const stream = own.stream('sale');
      const count = 64;
      await store.append(stream, [newEvent()], 'no-stream');
      const subscriber = new Subscriber(current());
      await subscriber.readUntil(() => subscriber.events.length === 1);
      const before = await heldBytes();
      for (let revision = 0; revision < count; revision++) {
        await store.append(stream, [newEvent('PlacesHeld', data)], BigInt(revision));
      }
      expect((await heldBytes()) - before).to.be.lessThan((data.length * count) / 4);
      await subscriber.readUntil(() => subscriber.events.length > count);
      expect(subscriber.events.map(({ revision }) => Number(revision))).to.deep.equal(
        Array.from({ length: count + 1 }, (_, revision) => revision),
      );
      await subscriber.end();
    });
  });
};
