import { expect } from 'chai';
import { beginning, type RecordedEvent } from '../../src/application/ports/event-store.js';
import { openKafkaClient } from '../../src/infrastructure/feed/kafka/kafka-client.js';
import { createTopics } from '../../src/infrastructure/feed/kafka/topics.js';
import { type KafkaSubject, openKafkaSubject } from '../support/kafka-subject.js';
import { describeKafka, sharedKafka } from '../support/servers.js';
import { Taker } from '../support/taker.js';
import { newEvent, until } from '../support/temp-store.js';

describeKafka('kafka feed', () => {
  let subject: KafkaSubject;
  const takers: Taker[] = [];
  afterEach(async () => {
    for (const taker of takers.splice(0)) taker.go();
    await subject.dispose();
  });

  const newTaker = (group?: string): Taker => {
    const taker = new Taker(group);
    takers.push(taker);
    return taker;
  };

  /** So many events to each stream, turn by turn. @returns their ids */
  const publish = async (streams: readonly string[], count: number): Promise<readonly string[]> => {
    const ids: string[] = [];
    for (let index = 0; index < count; index++) {
      for (const stream of streams) {
        const event = newEvent();
        await subject.publish(stream, event);
        ids.push(event.id);
      }
    }
    return ids;
  };

  const stateOf = async (group: string): Promise<string | undefined> =>
    (await subject.admin.describeGroups([subject.groupPrefix + group])).groups[0]?.state;

  const positions = async () => (await subject.feed.lags()).map(({ position }) => position);

  const revisionsByStream = (events: readonly RecordedEvent[]) =>
    Map.groupBy(
      events.toSorted((left, right) => (left.position < right.position ? -1 : 1)),
      ({ stream }) => stream,
    );

  it('ends the batch under way before its partitions go to another, in order and once', async () => {
    subject = await openKafkaSubject(4);
    const streams = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `sale-${name}`);
    const early = await publish(streams, 5);
    const [first, second] = [newTaker(), newTaker()];
    first.hold();
    subject.feed.subscribe(first);
    await until('a batch is under way', () => first.begun > 0);
    (await subject.beside()).subscribe(second);
    await until('the other waits for it', async () => (await stateOf('r')) === 'PreparingRebalance');
    expect([second.owned.size, new Set(await positions())]).to.deep.equal([0, new Set([beginning])]);
    first.go();
    await until('each has its share', () => first.owned.size === 2 && second.owned.size === 2);
    const late = await publish(streams, 5);
    await until('all are taken', () => first.taken.length + second.taken.length >= 60);
    expect([...first.ids, ...second.ids].toSorted()).to.deep.equal([...early, ...late].toSorted());
    for (const taker of [first, second]) {
      for (const [stream, events] of Map.groupBy(taker.taken, ({ stream }) => stream)) {
        expect(events, 'in order').to.deep.equal(revisionsByStream(taker.taken).get(stream));
      }
    }
  });

  it('refuses the late acknowledgement of one that lost its partition: the group stays where it is', async () => {
    subject = await openKafkaSubject(1, { rebalanceMs: 1_000 });
    const ids = await publish(['sale-a'], 3);
    const [first, second] = [newTaker(), newTaker()];
    first.hold();
    second.hold();
    subject.feed.subscribe(first);
    await until('a batch is under way', () => first.begun > 0);
    (await subject.beside()).subscribe(second);
    await until('the other has the batch, too', () => second.begun === 3);
    await until('the first is told', () => first.owned.size === 0);
    first.go();
    await until('it is refused', () => subject.failures.some((one) => one.includes('was given away')));
    expect(await positions()).to.deep.equal([beginning]);
    second.go();
    await until('the second has moved the group', async () => (await positions())[0] !== beginning);
    expect([first.ids, second.ids]).to.deep.equal([ids, ids]);
  });

  it('drops what is published again', async () => {
    subject = await openKafkaSubject(1);
    const ids = await publish(['sale-a'], 3);
    const taker = newTaker();
    subject.feed.subscribe(taker);
    await until('all are taken', () => taker.taken.length === 3);
    await subject.publishAgain();
    const more = await publish(['sale-a'], 1);
    await until('the new one is taken', () => taker.ids.includes(more[0] ?? ''));
    expect(taker.ids).to.deep.equal([...ids, ...more]);
    await until('nothing is left', async () => (await subject.feed.lags()).every(({ lag }) => lag === 0));
  });

  it('tells of bytes that are no event, with their place, and goes on behind them', async () => {
    subject = await openKafkaSubject(1);
    await subject.publishBytes(0, 'garbage');
    const [before] = await publish(['sale-a'], 1);
    await subject.publishBytes(0, '{"more":"garbage"}');
    const [after] = await publish(['sale-a'], 1);
    const taker = newTaker();
    subject.feed.subscribe(taker);
    await until('both are taken', () => taker.taken.length === 2);
    await until('nothing is left', async () => (await subject.feed.lags()).every(({ lag }) => lag === 0));
    expect(taker.ids).to.deep.equal([before, after]);
    const told = [0, 2].map((offset) => `r: Error: ${subject.topic}/0@${offset} is no event`);
    expect(subject.failures).to.deep.equal(told);
  });

  it('says that the topic has lost messages: the reader begins behind them, to find them in the store', async () => {
    subject = await openKafkaSubject(1);
    const ids = await publish(['sale-a'], 5);
    await subject.admin.fetchTopicOffsets(subject.topic);
    await subject.admin.deleteTopicRecords({ topic: subject.topic, partitions: [{ partition: 0, offset: '3' }] });
    const taker = newTaker();
    subject.feed.subscribe(taker);
    await until('what is left is taken', () => taker.taken.length === 1);
    const third = (await subject.store.read('sale-a'))[3];
    expect([taker.ids, taker.assignments]).to.deep.equal([ids.slice(4), [[0, third?.position]]]);
    expect(subject.failures.join()).to.include('has lost its messages from 0 up to 3');
  });

  it('is past a transaction that was given up, and takes it for no loss', async () => {
    subject = await openKafkaSubject(1);
    const taker = newTaker();
    subject.feed.subscribe(taker);
    const ids = [...(await publish(['sale-a'], 2))];
    await until('both are taken', () => taker.taken.length === 2);
    const { kafka, cut } = openKafkaClient({ brokers: await sharedKafka() });
    const producer = kafka.producer({ transactionalId: subject.topic, idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic: subject.topic, messages: [{ partition: 0, value: 'never' }] });
    await transaction.abort();
    await producer.disconnect();
    cut();
    await until('nothing is left', async () => (await subject.feed.lags()).every(({ lag }) => lag === 0));
    ids.push(...(await publish(['sale-a'], 1)));
    await until('the last is taken', () => taker.taken.length === 3);
    expect([taker.ids, taker.assignments.length]).to.deep.equal([ids, 1]);
    expect(subject.failures).to.deep.equal([]);
  });

  it('waits for a topic that is not there, and refuses one with another number of partitions', async () => {
    subject = await openKafkaSubject(2);
    const other = await subject.beside({ partitions: 3 });
    other.subscribe(newTaker());
    await until('it is told', () => subject.failures.some((one) => one.includes('has 2 partitions, not 3')));
    await other.close();
    const topic = `${subject.topic}-later`;
    const early = await subject.beside({ topics: [topic], topicOf: () => topic });
    const taker = newTaker('early');
    early.subscribe(taker);
    await until('it is told', () => subject.failures.some((one) => one.startsWith('early: ')));
    await createTopics(subject.admin, [{ topic, numPartitions: 2 }]);
    await until('it reads', () => taker.owned.size === 2, 60_000);
    await subject.admin.deleteTopics({ topics: [topic] });
  });

  it('sees the groups of other processes, also those that nobody reads for just now', async () => {
    subject = await openKafkaSubject(2);
    const watching = await subject.beside();
    await publish(['sale-a', 'sale-b', 'sale-c'], 2);
    const reading = subject.feed.subscribe(newTaker());
    const stuck = newTaker('stuck');
    stuck.hold();
    subject.feed.subscribe(stuck);
    await until('a batch is under way', () => stuck.begun > 0);
    const ends = await subject.ends();
    const lagOf = async (group: string) => (await watching.lags()).filter((one) => one.group === group);
    const done = ends.map((position, partition) => ({ group: 'r', partition, position, lag: 0 }));
    await until('one has taken all', async () => (await lagOf('r')).every(({ lag }) => lag === 0));
    await reading.stop();
    expect(await lagOf('r')).to.deep.equal(done);
    const behind = (await lagOf('stuck')).map(({ position, lag }) => (lag > 0 ? position : beginning));
    expect(behind).to.deep.equal([beginning, beginning]);
    expect((await lagOf('stuck')).reduce((sum, { lag }) => sum + lag, 0)).to.equal(6);
  });

  it('refuses a reader whose events are in several topics', async () => {
    subject = await openKafkaSubject(1);
    const both = await subject.beside({ topics: ['one', 'two'], topicOf: (type) => (type === 'A' ? 'one' : 'two') });
    const reader = { group: 'r', handle: async () => undefined };
    expect(() => both.subscribe({ ...reader, types: ['A', 'B'] })).to.throw('r reads one topic, not 2');
    expect(() => both.subscribe(reader)).to.throw('r reads one topic, not 2');
  });
});
