import { expect } from 'chai';
import { Overloaded } from '../../src/application/command-handler.js';
import { eventAt } from '../../src/application/event-at.js';
import { ParkedEvents } from '../../src/application/feed/parked-events.js';
import { type BatchPlace, parkingReader, Unavailable } from '../../src/application/feed/parking-reader.js';
import {
  beginning,
  OutcomeUnknown,
  type RecordedEvent,
  StoreUnavailable,
} from '../../src/application/ports/event-store.js';
import type { FeedReader } from '../../src/application/ports/feed.js';
import { OtherGeneration, ViewsUnavailable } from '../../src/application/ports/views.js';
import { EmbeddedPark } from '../../src/infrastructure/feed/embedded/embedded-park.js';
import { newEvent, openTempStore, realClock, type TempStore } from '../support/temp-store.js';

const group = 'views';

describe('parking', () => {
  let temp: TempStore;
  let park: EmbeddedPark;
  let besides: EmbeddedPark;
  let taken: string[];
  let poison: Set<string>;
  let failure: Error;
  let reader: FeedReader;
  let operator: ParkedEvents;

  const handleEvents = async (events: readonly RecordedEvent[]): Promise<void> => {
    if (events.some(({ data }) => poison.has(data))) throw failure;
    taken.push(...events.map(({ data }) => data));
  };

  beforeEach(async () => {
    temp = await openTempStore();
    park = new EmbeddedPark(temp.folder);
    besides = new EmbeddedPark(temp.folder);
    taken = [];
    poison = new Set();
    failure = new Error('bad');
    reader = parkingReader({
      group,
      handleEvents,
      park,
      clock: realClock,
      tries: 2,
      wait: { firstMs: 1, longestMs: 1 },
    });
    operator = new ParkedEvents(besides, temp.store, realClock, new Map([[group, handleEvents]]));
  });
  afterEach(async () => {
    await park.close();
    await besides.close();
    await temp.dispose();
  });

  /** Appends one event to each stream, named by the stream and its revision, and hands all to the reader. */
  const deliver = async (...streams: readonly string[]): Promise<void> => {
    const from = await temp.store.head();
    for (const stream of streams) {
      const last = (await temp.store.read(stream, { direction: 'backwards', limit: 1 })).at(0)?.revision;
      const event = newEvent('A', `${stream}@${(last ?? -1n) + 1n}`);
      await temp.store.append(stream, [event], last ?? 'no-stream');
    }
    const { events, next } = await temp.store.readAll(from);
    await reader.handle({ partition: 0, after: from, events, upTo: next });
  };

  const parked = async (): Promise<string[]> => {
    const events = await Promise.all(
      (await operator.list()).map(({ stream, revision }) => eventAt(temp.store, stream, revision)),
    );
    return events.map((event) => event?.data ?? 'missing');
  };

  it('takes a sound batch in one go', async () => {
    await deliver('a', 'b', 'a');
    expect(taken).to.deep.equal(['a@0', 'b@0', 'a@1']);
    expect(await parked()).to.deep.equal([]);
  });

  it('parks what fails and its followers in order, while other streams flow', async () => {
    poison.add('a@1');
    await deliver('a', 'a', 'b', 'a', 'b');
    await deliver('b', 'a');
    expect(taken).to.deep.equal(['a@0', 'b@0', 'b@1', 'b@2']);
    expect(await parked()).to.deep.equal(['a@1', 'a@2', 'a@3']);
    expect((await operator.list())[0]).to.deep.include({ group, stream: 'a', reason: 'Error: bad' });
  });

  it('says where the batch begins also where its events are tried one by one', async () => {
    const places: BatchPlace[] = [];
    const watching = parkingReader({
      group,
      handleEvents: (events, place) => {
        places.push(place);
        return handleEvents(events);
      },
      park,
      clock: realClock,
      tries: 1,
    });
    poison.add('a@0');
    await temp.store.append('a', [newEvent('A', 'a@0')], 'no-stream');
    await temp.store.append('b', [newEvent('A', 'b@0')], 'no-stream');
    const { events, next } = await temp.store.readAll(beginning);
    await watching.handle({ partition: 0, after: beginning, events, upTo: next });
    const ends = events.map(({ position }) => position);
    expect(places.map(({ after, upTo }) => [after, upTo])).to.deep.equal(
      [next, ...ends, next].map((upTo) => [beginning, upTo]),
    );
  });

  it('parks once what is delivered twice', async () => {
    poison.add('a@0');
    await deliver('a', 'a');
    const { events, next } = await temp.store.readAll(beginning);
    await reader.handle({ partition: 0, after: beginning, events, upTo: next });
    expect(await parked()).to.deep.equal(['a@0', 'a@1']);
  });

  for (const away of [
    new Unavailable('views are away'),
    new ViewsUnavailable('views are away'),
    new OtherGeneration({ name: 'views', version: 1 }),
    new StoreUnavailable('the store is away'),
    new OutcomeUnknown('the store does not answer'),
    new Overloaded('others kept changing the stream'),
  ]) {
    it(`parks nothing for ${away.name}: the batch is tried again`, async () => {
      poison.add('a@0');
      failure = away;
      expect(await deliver('a').catch((cause: unknown) => cause)).to.equal(failure);
      expect(await parked()).to.deep.equal([]);
    });
  }

  it('retries a stream in order, from another connection, and lets it flow again', async () => {
    poison.add('a@0');
    await deliver('a', 'a', 'b');
    poison.clear();
    expect(await operator.retry(group, 'a')).to.deep.equal({ taken: 2 });
    await deliver('a');
    expect(taken).to.deep.equal(['b@0', 'a@0', 'a@1', 'a@2']);
    expect(await parked()).to.deep.equal([]);
  });

  it('stops a retry at the first that fails again, with its new reason', async () => {
    poison.add('a@0');
    await deliver('a', 'a', 'a');
    poison = new Set(['a@1']);
    failure = new Error('worse');
    const { taken: count, stoppedAt } = await operator.retry(group, 'a');
    expect(count).to.equal(1);
    expect(stoppedAt?.reason).to.equal('Error: worse');
    expect(await parked()).to.deep.equal(['a@1', 'a@2']);
    expect((await operator.list())[0]?.reason).to.equal('Error: worse');
  });

  it('skips one event with a reason and retries its followers', async () => {
    poison.add('a@0');
    await deliver('a', 'a');
    const [first, second] = await operator.list();
    if (first === undefined || second === undefined) throw new Error('two events are parked');
    expect(await operator.skip(second, 'x').catch((cause: unknown) => cause)).to.be.instanceOf(Error);
    expect(await operator.skip(first, 'never was a sale')).to.deep.equal({ taken: 1 });
    expect(taken).to.deep.equal(['a@1']);
    expect(await parked()).to.deep.equal([]);
    expect((await park.skipped(group))[0]).to.deep.include({ stream: 'a', skippedBecause: 'never was a sale' });
  });

  it('lets a follower flow that comes after the last parked one was taken', async () => {
    poison.add('a@0');
    await deliver('a');
    const [first] = await operator.list();
    if (first === undefined) throw new Error('an event is parked');
    await besides.release(first);
    expect(await park.follow({ ...first, revision: first.revision + 1n })).to.equal(false);
    expect(await parked()).to.deep.equal([]);
  });
});
