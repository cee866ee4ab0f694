import { expect } from 'chai';
import { Unavailable } from '../../src/application/feed/parking-reader.js';
import { Kafka } from '../../stack/kafka.js';
import { failureOf } from '../support/failure-of.js';
import { type KafkaSubject, openKafkaSubject } from '../support/kafka-subject.js';
import { describeServer, serverData } from '../support/servers.js';
import { Taker } from '../support/taker.js';
import { newEvent, until } from '../support/temp-store.js';

const limitMs = 60_000;

const sessionMs = 1_500;

describeServer('kafka', 'kafka feed, a broker that is away and a slow reader', function () {
  this.timeout(3 * limitMs);
  let kafka: Kafka;
  let subject: KafkaSubject;
  before(async () => {
    kafka = await Kafka.start({ folder: serverData() });
  });
  after(() => kafka.kill());
  beforeEach(async () => {
    subject = await openKafkaSubject(2, { brokers: kafka.addresses, sessionMs });
  });
  afterEach(() => subject.dispose());

  const publish = async (count: number): Promise<readonly string[]> => {
    const ids: string[] = [];
    for (let index = 0; index < count; index++) {
      const event = newEvent();
      await subject.publish(`sale-${index % 5}`, event);
      ids.push(event.id);
    }
    return ids;
  };

  const goesOn = async (away: () => Promise<void>): Promise<void> => {
    const taker = new Taker();
    subject.feed.subscribe(taker);
    const early = await publish(20);
    await until('all are taken', () => taker.taken.length === 20);
    await away();
    const late = await publish(20);
    await until('all are taken', () => new Set(taker.ids).size >= 40, limitMs);
    await until('nothing is left', async () => (await subject.feed.lags()).every(({ lag }) => lag === 0), limitMs);
    expect(new Set(taker.ids)).to.deep.equal(new Set([...early, ...late]));
    for (const events of Map.groupBy(taker.taken, ({ stream }) => stream).values()) {
      const firsts = [...new Set(events.map(({ revision }) => revision))];
      expect(firsts, 'in order').to.deep.equal(firsts.toSorted((left, right) => Number(left - right)));
    }
  };

  it('goes on where it was, once the broker has started again', () =>
    goesOn(async () => {
      await kafka.kill();
      await until('it is told', () => subject.failures.length > 0, limitMs);
      expect(await failureOf(subject.feed.lags())).to.be.instanceOf(Unavailable);
      await kafka.restart();
    }));

  it('goes on where it was, once the broker moves again after its session has ended', () =>
    goesOn(async () => {
      kafka.freeze();
      await until('it is told', () => subject.failures.length > 0, limitMs);
      expect(await failureOf(subject.feed.lags())).to.be.instanceOf(Unavailable);
      kafka.resume();
    }));

  it('acknowledges a batch that ends while the broker stands still, once that moves again', async () => {
    const taker = new Taker();
    taker.hold();
    subject.feed.subscribe(taker);
    const ids = await publish(1);
    await until('a batch is under way', () => taker.begun > 0);
    kafka.freeze();
    taker.go();
    await until('it is taken', () => taker.taken.length === 1);
    kafka.resume();
    await until('nothing is left', async () => (await subject.feed.lags()).every(({ lag }) => lag === 0), limitMs);
    expect(new Set(taker.ids)).to.deep.equal(new Set(ids));
  });

  it('is subscribed to and closed without a broker: it tells so once, and reads when one is there', async () => {
    await kafka.stop();
    const [closed, open] = [await subject.beside(), await subject.beside()];
    closed.subscribe(new Taker('closed'));
    const taker = new Taker('open');
    open.subscribe(taker);
    const toldOf = (group: string) => subject.failures.filter((one) => one.startsWith(`${group}: `)).length;
    await until('it is told', () => toldOf('closed') > 0 && toldOf('open') > 0, limitMs);
    await closed.close();
    await kafka.restart();
    await until('it reads', () => taker.owned.size === 2, limitMs);
    expect([toldOf('closed'), toldOf('open')]).to.deep.equal([1, 1]);
  });

  it('stops and closes while the broker stands still', async () => {
    const taker = new Taker();
    const reading = subject.feed.subscribe(taker);
    await publish(5);
    await until('all are taken', () => taker.taken.length === 5);
    const beside = await subject.beside();
    beside.subscribe(new Taker('other'));
    kafka.freeze();
    try {
      await reading.stop();
      await Promise.all([subject.feed.close(), beside.close()]);
    } finally {
      kafka.resume();
    }
    expect(taker.owned.size).to.equal(0);
  });

  it('keeps its partitions while a batch takes longer than a session', async () => {
    const taker = new Taker();
    taker.hold();
    subject.feed.subscribe(taker);
    const ids = await publish(1);
    await until('a batch is under way', () => taker.begun > 0);
    const end = Date.now() + 3 * sessionMs;
    await until('three sessions have gone by', () => Date.now() > end);
    taker.go();
    await until('nothing is left', async () => (await subject.feed.lags()).every(({ lag }) => lag === 0), limitMs);
    expect([taker.ids, taker.assignments.length, subject.failures]).to.deep.equal([ids, 2, []]);
  });
});
