import type { Position, RecordedEvent } from '../../src/application/ports/event-store.js';
import { beginning } from '../../src/application/ports/event-store.js';
import { openKafkaClient } from '../../src/infrastructure/feed/kafka/kafka-client.js';
import { eventTopics, topicCatalogue } from '../../src/infrastructure/feed/kafka/topic-catalogue.js';
import { Backbone } from '../../tests/support/backbone.js';
import { readTopics } from '../../tests/support/published.js';
import { until } from '../../tests/support/until.js';
import type { Benchmark } from '../benchmark.js';
import type { BuyersJob, BuyersResult } from '../end-to-end/buyers.js';
import { median } from '../harness/statistics.js';
import { runTask } from '../harness/task.js';

/** How much faster than it came all that waited has to be published. */
const targetRatio = 5;
const limitMs = 600_000;

interface CatchUp {
  /** From the broker's readiness to the first event that is published. */
  readonly firstMs: number;
  /** From the first event that is published to the last, and to the view that shows every order. */
  readonly publishedMs: number;
  readonly seenMs: number;
}

/** Orders over EventStoreDB's protocol while Kafka is killed and MongoDB stands still, and how all is caught up with. */
export const benchmark: Benchmark = {
  name: 'outage',
  run: async ({ isShort, seed, say }) => {
    const perSecond = isShort ? 50 : 200;
    const [upSeconds, awaySeconds] = isShort ? [5, 10] : [30, 120];
    const backbone = await Backbone.start({ processes: { 'command-api': 1, 'query-api': 1, 'relay,projector': 1 } });
    const { kafka, mongo, shop, store } = backbone;
    try {
      const saleId = await shop.openSale({ capacity: perSecond * (3 * upSeconds + awaySeconds) * 2 });
      const buy = async (seconds: number, from: number): Promise<BuyersResult> => {
        const [commands] = backbone.with('command-api');
        if (commands === undefined) throw new Error('nobody takes commands');
        const told = await runTask<BuyersJob, BuyersResult>(new URL('../end-to-end/buyers.js', import.meta.url), {
          url: commands.server.ready.url,
          saleId,
          buyers: perSecond * seconds,
          perSecond,
          seed: from,
        });
        say(`${told.placed} placed, p50 ${told.answered.p50Ms} ms, p95 ${told.answered.p95Ms} ms`);
        return told;
      };
      const warm = await buy(upSeconds, seed);
      const before = await buy(upSeconds, seed + 1);
      const placed = (...told: readonly BuyersResult[]): number => told.reduce((sum, one) => sum + one.placed, 0);
      const held = async (): Promise<number> => (await shop.saleOf(saleId)).held;
      await until('the view shows all', async () => (await held()) === placed(warm, before), limitMs, 100);
      const headBefore = await store.head();
      await kafka.kill();
      mongo.server.freeze();
      const away = await buy(awaySeconds, seed + 2);
      const waiting = (await eventsOf(store, headBefore)).length;
      await kafka.restart();
      mongo.server.resume();
      const caughtUp = await catchUp(backbone, async () => (await held()) === placed(warm, before, away));
      const after = await buy(upSeconds, seed + 3);
      const all = placed(warm, before, away, after);
      await until('the view shows all', async () => (await held()) === all, limitMs, 100);
      const events = await eventsOf(store, beginning);
      const { first, messages } = await readTopics(kafka.addresses, new Set(events.map(({ id }) => id)));
      const arrivalPerSecond = waiting / awaySeconds;
      const publishedPerSecond = waiting / (caughtUp.publishedMs / 1_000);
      const ratio = publishedPerSecond / arrivalPerSecond;
      say(`${waiting} events waited, published at ${Math.round(publishedPerSecond)}/s, ${ratio.toFixed(1)}x arrival`);
      const lost = events.filter(({ id }) => !first.has(id)).length;
      return {
        correct: lost === 0 && first.size === events.length && (await held()) === all,
        ratio: {
          'arrival, published': ratio,
          'arrival, seen': (waiting / caughtUp.seenMs) * (1_000 / arrivalPerSecond),
        },
        figures: {
          products: { store: await store.server(), broker: kafka.product, views: mongo.product },
          perSecond,
          awaySeconds,
          targetRatio,
          isWithin: ratio >= targetRatio,
          events: events.length,
          messages,
          lost,
          waiting,
          caughtUp,
          up: [before.answered, after.answered],
          away: away.answered,
          p95OfAwayByUp: away.answered.p95Ms / median([before.answered.p95Ms, after.answered.p95Ms]),
        },
      };
    } finally {
      await backbone.stop();
    }
  },
};

const eventsOf = async (store: Backbone['store'], after: Position): Promise<readonly RecordedEvent[]> => {
  const all: RecordedEvent[] = [];
  for (let from = after; ; ) {
    const { events, next, isHead } = await store.readAll(from);
    all.push(...events);
    if (isHead) return all;
    from = next;
  }
};

/** Watches the ends of the topics, which move with each transaction, until the view is whole. */
const catchUp = async ({ kafka }: Backbone, isSeen: () => Promise<boolean>): Promise<CatchUp> => {
  const begunAt = performance.now();
  const { kafka: client, cut } = openKafkaClient({ brokers: kafka.addresses });
  const admin = client.admin();
  await admin.connect();
  const ends = async (): Promise<bigint> => {
    const found = await Promise.all(eventTopics(topicCatalogue()).map((topic) => admin.fetchTopicOffsets(topic)));
    return found.flat().reduce((sum, { high }) => sum + BigInt(high), 0n);
  };
  const atFirst = await ends();
  let [last, firstAt, lastAt] = [atFirst, begunAt, begunAt];
  await until(
    'the view shows what waited',
    async () => {
      const now = await ends();
      if (now !== last) {
        if (last === atFirst) firstAt = performance.now();
        lastAt = performance.now();
        last = now;
      }
      return isSeen();
    },
    limitMs,
    50,
  );
  const seenAt = performance.now();
  await admin.disconnect();
  cut();
  const ms = (from: number, to: number): number => Math.round(to - from);
  return { firstMs: ms(begunAt, firstAt), publishedMs: ms(firstAt, lastAt), seenMs: ms(firstAt, seenAt) };
};
