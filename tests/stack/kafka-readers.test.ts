import { expect } from 'chai';
import { beginning } from '../../src/application/ports/event-store.js';
import { views } from '../../src/main/catalogue.js';
import { type KafkaSubject, openKafkaSubject } from '../support/kafka-subject.js';
import { describeKafka } from '../support/servers.js';
import { Taker } from '../support/taker.js';
import { newEvent } from '../support/temp-store.js';
import { until } from '../support/until.js';

const partitions = 4;
const names = Array.from({ length: 10 }, (_, number) => `sale-${number}`);

describeKafka('readers of Kafka', function () {
  this.timeout(120_000);
  let subject: KafkaSubject;

  beforeEach(async () => {
    subject = await openKafkaSubject(partitions);
  });

  afterEach(() => subject.dispose());

  const publish = async (count: number): Promise<void> => {
    const each = count / names.length;
    for (const name of names) await subject.publish(name, ...Array.from({ length: each }, () => newEvent()));
  };

  const lagOf = async (group: string): Promise<number> =>
    (await subject.feed.lags()).reduce((sum, one) => (one.group === group ? sum + one.lag : sum), 0);

  const hasAll = (taker: Taker, count: number): Promise<void> =>
    until(`${taker.group} has ${count}`, async () => taker.taken.length >= count && (await lagOf(taker.group)) === 0);

  /** Each event once, and each stream from its first event on without a gap. */
  const expectAllInOrder = (taker: Taker, count: number): void => {
    expect(taker.taken, taker.group).to.have.length(count);
    for (const own of Map.groupBy(taker.taken, ({ stream }) => stream).values()) {
      expect(own.map(({ revision }) => Number(revision))).to.deep.equal(own.map((_, index) => index));
    }
  };

  it('have a position each: one that is away moves no other, and takes what it missed on its return (PAY-9, PAY-35, OPS-17)', async () => {
    const [early, late] = [500, 5_000];
    const takers = views.map(({ name }) => new Taker(name));
    const [away, ...others] = takers;
    if (away === undefined) throw new Error('there are views');
    await publish(early);
    const readings = takers.map((taker) => subject.feed.subscribe(taker));
    for (const taker of takers) await hasAll(taker, early);
    await readings[0]?.stop();
    const before = (await subject.feed.lags()).filter(({ group }) => group === away.group);
    await publish(late);
    for (const taker of others) await hasAll(taker, early + late);
    expect(await lagOf(away.group)).to.equal(late);
    const after = (await subject.feed.lags()).filter(({ group }) => group === away.group);
    expect(after.map(({ position }) => position)).to.deep.equal(before.map(({ position }) => position));
    expect(away.taken).to.have.length(early);
    const begun = performance.now();
    subject.feed.subscribe(away);
    await hasAll(away, early + late);
    console.log(`      ${Math.round((1_000 * late) / (performance.now() - begun))} events/s while it catches up`);
    for (const taker of takers) expectAllInOrder(taker, early + late);
  });

  it('go at their own pace: who stands still holds a part of what waits, and nobody else waits for it (PAY-6)', async () => {
    const [count, each] = [20_000, 1_000];
    const [slow, quick] = [new Taker('slow'), new Taker('quick')];
    slow.hold();
    subject.feed.subscribe(slow);
    subject.feed.subscribe(quick);
    const data = JSON.stringify({ text: 'x'.repeat(each) });
    for (let round = 0; round < 10; round++) {
      for (const name of names) {
        await subject.publish(name, ...Array.from({ length: 200 }, () => newEvent('PlacesHeld', data)));
      }
    }
    await hasAll(quick, count);
    expect(await lagOf('slow')).to.equal(count);
    // kafkajs fetches 1 MiB of a partition at a time.
    expect(slow.begun * each).to.be.within(1, partitions * 1024 * 1024);
    slow.go();
    await hasAll(slow, count);
    expectAllInOrder(slow, count);
  });

  it('come by the dozen while it runs: each gets everything, and the producer is as it was (STR-3)', async () => {
    const publishTimed = async (): Promise<number> => {
      const times: number[] = [];
      for (let count = 0; count < 100; count++) {
        const begun = performance.now();
        await subject.publish(`order-${count % 7}`, newEvent());
        times.push(performance.now() - begun);
      }
      return times.sort((left, right) => left - right)[95] ?? 0;
    };
    const first = new Taker('first');
    subject.feed.subscribe(first);
    const alone = await publishTimed();
    await hasAll(first, 100);
    const more = Array.from({ length: 20 }, (_, number) => new Taker(`more-${number}`));
    for (const taker of more) subject.feed.subscribe(taker);
    for (const taker of more) await hasAll(taker, 100);
    const beside = await publishTimed();
    for (const taker of [first, ...more]) {
      await hasAll(taker, 200);
      expectAllInOrder(taker, 200);
    }
    console.log(`      p95 of an event's publishing ${alone.toFixed(1)} ms, beside 20 more ${beside.toFixed(1)} ms`);
  });

  it('get what they subscribe to, from its beginning, and nothing else (STR-20)', async () => {
    const other = await openKafkaSubject(partitions);
    try {
      await publish(10);
      await other.publish('card-1', newEvent(), newEvent());
      const taker = new Taker('of the first');
      subject.feed.subscribe(taker);
      await hasAll(taker, 10);
      await other.publish('card-2', newEvent());
      await publish(10);
      await hasAll(taker, 20);
      expect(taker.taken.filter(({ stream }) => stream.startsWith('card-'))).to.deep.equal([]);
      const both = new Taker('of the second');
      other.feed.subscribe(both);
      await until('all of the other is taken', () => both.taken.length === 3);
      expect(both.taken.map(({ stream }) => stream).toSorted()).to.deep.equal(['card-1', 'card-1', 'card-2']);
      expect(new Set(both.assignments.map(([, after]) => after)).has(beginning)).to.equal(true);
    } finally {
      await other.dispose();
    }
  });
});
