import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { ViewProgress } from '../../src/application/views/view-progress.js';
import type { DomainEvent } from '../../src/domain/event.js';
import { EmbeddedPark } from '../../src/infrastructure/feed/embedded/embedded-park.js';
import { EmbeddedLeases } from '../../src/infrastructure/leases/embedded/embedded-leases.js';
import { EmbeddedViewStore } from '../../src/infrastructure/views/embedded/embedded-view-store.js';
import { openCatalogue, views } from '../../src/main/catalogue.js';
import { createProjectors, startReaders } from '../../src/main/projectors.js';
import { Chance } from '../support/attack/chance.js';
import { type KafkaSubject, openKafkaSubject } from '../support/kafka-subject.js';
import * as order from '../support/order-story.js';
import * as sale from '../support/sale-story.js';
import { describeKafka } from '../support/servers.js';
import { realClock, until } from '../support/temp-store.js';

const catalogue = openCatalogue();
const partitions = 4;
const stories = 12;
const holder = { email: 'ada@example.com', name: 'Ada Byron' };

/** What happens to one sale, one of its orders and one of its tickets; each stream in its order. */
const storyOf = (number: number): readonly (readonly [stream: string, event: DomainEvent])[] => {
  const [saleId, orderId, ticketId] = [`s-${number}`, `o-${number}`, `t-${number}`];
  const places = sale.placesOf(orderId, 'ana', 2);
  const admission = { ...sale.announced, data: { ...sale.announced.data, saleId } };
  return [
    [`sale-${saleId}`, admission],
    [`sale-${saleId}`, sale.opened],
    [`sale-${saleId}`, sale.held(places)],
    [`order-${orderId}`, { ...order.placed, data: { ...order.placed.data, orderId, saleId } }],
    [`order-${orderId}`, order.started(`p-${number}`)],
    [`order-${orderId}`, order.unknown(`p-${number}`)],
    [`order-${orderId}`, order.authorised(`p-${number}`)],
    [`ticket-${ticketId}`, { type: 'TicketIssued', data: { ticketId, saleId, orderId, holder, issuedAt: 1 } }],
    [`sale-${saleId}`, sale.lapsed(places, sale.expiresAt)],
  ];
};

/** All projectors as a process has them: its own feed and connections, the views are shared. */
const openMember = async (subject: KafkaSubject) => {
  await using stack = new AsyncDisposableStack();
  const { folder, store } = subject;
  const feed = await subject.beside();
  stack.defer(() => feed.close());
  const viewStore = stack.adopt(EmbeddedViewStore.open({ folder }), (one) => one.close());
  const leases = stack.adopt(new EmbeddedLeases(folder), (one) => one.close());
  const park = stack.adopt(new EmbeddedPark(folder), (one) => one.close());
  const progress = new ViewProgress(viewStore, realClock);
  const projectors = createProjectors({ store, catalogue, partitions, views: viewStore, leases, progress });
  const troubles: unknown[] = [];
  const onTrouble = (_: string, err: unknown): void => void troubles.push(err);
  await startReaders(projectors, { feed, park, clock: realClock, onTrouble }, stack);
  const opened = stack.move();
  return { feed, park, projectors, close: () => opened.disposeAsync() };
};

describeKafka('views read from Kafka', () => {
  it('equal the fold of the events, however often their readers are stopped and started', async function () {
    this.timeout(180_000);
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1_000_000));
    const chance = new Chance(seed);
    console.log(`      seed ${seed}`);
    const subject = await openKafkaSubject(partitions);
    try {
      const members = [await openMember(subject), await openMember(subject)];
      const queues = Array.from({ length: stories }, (_, number) => [...storyOf(number)]);
      for (;;) {
        const waiting = queues.filter((queue) => queue.length > 0);
        if (waiting.length === 0) break;
        const [stream, event] = chance.of(waiting).shift() ?? [];
        if (stream === undefined || event === undefined) break;
        await subject.publish(stream, {
          id: randomUUID(),
          ...catalogue.encode(event, { correlationId: 'c', causationId: 'c' }),
        });
        if (chance.next() > 0.06) continue;
        const which = chance.whole(0, 1);
        await members[which]?.close();
        await chance.delay(100);
        members[which] = await openMember(subject);
      }
      const [member] = members;
      if (member === undefined) throw new Error('there is a member');
      await until(
        'nothing is left',
        async () => {
          const lags = await subject.feed.lags();
          return lags.length === views.length * partitions && lags.every(({ lag }) => lag === 0);
        },
        60_000,
      );
      for (const projector of member.projectors) {
        expect((await projector.verify()).differences, projector.group).to.deep.equal([]);
      }
      const documents = await Promise.all(member.projectors.map((projector) => projector.verify()));
      expect(documents.reduce((sum, one) => sum + one.documents, 0)).to.be.above(stories);
      expect(await member.park.list()).to.deep.equal([]);
      for (const one of members) await one.close();
    } finally {
      await subject.dispose();
    }
  });
});
