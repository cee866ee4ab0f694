import { openKafkaClient } from '../../src/infrastructure/feed/kafka/kafka-client.js';
import { createTopics } from '../../src/infrastructure/feed/kafka/topics.js';
import { Backbone } from '../../tests/support/backbone.js';
import { until } from '../../tests/support/until.js';
import type { Benchmark } from '../benchmark.js';
import type { BuyersJob, BuyersResult } from '../end-to-end/buyers.js';
import { runTask } from '../harness/task.js';
import type { RawHopsJob, RawHopsResult } from './raw-hops.js';

/** Over the raw hop of the same run, at the 99th percentile. */
const targetMs = 50;

/** Orders over EventStoreDB's protocol, Kafka and MongoDB, each looked for in the view as soon as it is answered. */
export const benchmark: Benchmark = {
  name: 'end-to-end-backbone',
  run: async ({ isShort, seed, say }) => {
    const perSecond = isShort ? 10 : 100;
    const orders = perSecond * (isShort ? 8 : 30);
    const backbone = await Backbone.start({ processes: { 'command-api': 1, 'query-api': 1, 'relay,projector': 1 } });
    const { kafka, mongo, shop } = backbone;
    const topic = 'raw-hops';
    const raw = (from: number): Promise<RawHopsResult> =>
      runTask<RawHopsJob, RawHopsResult>(new URL('./raw-hops.js', import.meta.url), {
        brokers: kafka.addresses,
        topic,
        messages: orders,
        perSecond,
        seed: from,
      });
    const buy = (saleId: string, from: number, buyers: number): Promise<BuyersResult> =>
      runTask<BuyersJob, BuyersResult>(new URL('../end-to-end/buyers.js', import.meta.url), {
        url: urlOf(backbone, 'command-api'),
        readUrl: urlOf(backbone, 'query-api'),
        saleId,
        buyers,
        perSecond,
        seed: from,
      });
    try {
      const { kafka: client, cut } = openKafkaClient({ brokers: kafka.addresses });
      const admin = client.admin();
      await admin.connect();
      await createTopics(admin, [{ topic, numPartitions: 8 }]);
      await admin.disconnect();
      cut();
      const warmUp = perSecond * 3;
      const saleId = await shop.openSale({ capacity: 2 * orders + warmUp });
      await until('the sale is in the view', async () => (await shop.saleOf(saleId)).saleId === saleId);
      const warm = await buy(saleId, seed, warmUp);
      const before = await raw(seed + 1);
      const told = [await buy(saleId, seed + 2, orders), await buy(saleId, seed + 3, orders)];
      const after = await raw(seed + 4);
      const rawP99Ms = Math.min(before.hop.p99Ms, after.hop.p99Ms);
      const visibleP99Ms = Math.max(...told.map(({ visible }) => visible.p99Ms));
      say(`visible p99 ${visibleP99Ms} ms, raw p99 ${rawP99Ms} ms`);
      const held = [warm, ...told].reduce((sum, { placed }) => sum + placed, 0);
      const { held: found } = await shop.saleOf(saleId);
      const isSeen = told.every(({ seen, placed }) => seen === placed);
      return {
        correct: isSeen && found === held,
        ratio: {},
        figures: {
          products: { store: await backbone.store.server(), broker: kafka.product, views: mongo.product },
          perSecond,
          orders,
          targetMs,
          isWithin: visibleP99Ms <= rawP99Ms + targetMs,
          raw: [before, after],
          ours: told,
        },
      };
    } finally {
      await backbone.stop();
    }
  },
};

const urlOf = (backbone: Backbone, role: string): string => {
  const [part] = backbone.with(role);
  if (part === undefined) throw new Error(`nobody is ${role}`);
  return part.server.ready.url;
};
