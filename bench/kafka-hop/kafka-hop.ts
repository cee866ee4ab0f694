import type { Message } from 'kafkajs';
import { partitionOf } from '../../src/application/partition.js';
import { beginning, type EventStore, type RecordedEvent } from '../../src/application/ports/event-store.js';
import { toMessage } from '../../src/infrastructure/feed/kafka/cloud-event.js';
import { openKafkaClient } from '../../src/infrastructure/feed/kafka/kafka-client.js';
import { Kafka } from '../../stack/kafka.js';
import { serverData } from '../../tests/support/servers.js';
import { openTempStore } from '../../tests/support/temp-store.js';
import type { Benchmark } from '../benchmark.js';
import { alternate, type Entrant, type Round, ratesSpread, ratioSpread } from '../harness/pairs.js';
import { faultOf, fill, type History, type Hop } from './history.js';
import { ourHop } from './our-hop.js';
import { rawHop } from './raw-hop.js';
import { onFreshTopics, partitions, type Topics } from './topics.js';

interface HopRound extends Round {
  readonly fault: string | undefined;
}

/** Of the raw loop, with the same messages. */
const target = 0.7;

const allOf = async (store: EventStore): Promise<readonly RecordedEvent[]> => {
  const all: RecordedEvent[] = [];
  for (let after = beginning; ; ) {
    const page = await store.readAll(after);
    all.push(...page.events);
    if (page.isHead) return all;
    after = page.next;
  }
};

const addressed = (message: Message, { stream }: RecordedEvent): Message => ({
  ...message,
  partition: partitionOf(stream, partitions),
});

/** Events from the store through the relay and a topic to a reader of the feed, against the client's own loop. */
export const benchmark: Benchmark = {
  name: 'kafka-hop',
  run: async ({ isShort, say }) => {
    const history: History = { events: isShort ? 20_000 : 100_000, streams: 1_000 };
    await using opened = new AsyncDisposableStack();
    const kafka = opened.adopt(await Kafka.start({ folder: serverData() }), (one) => one.kill());
    const { store } = opened.use(await openTempStore());
    const client = openKafkaClient({ brokers: kafka.addresses });
    opened.defer(() => client.cut());
    const admin = opened.adopt(client.kafka.admin(), (one) => one.disconnect());
    await admin.connect();
    await fill(store, history);
    const events = await allOf(store);
    const same = events.map((event) => addressed(toMessage(event), event));
    const bare = events.map((event) => addressed({ key: event.stream, value: event.data }, event));
    const entrant = (name: string, hop: (topics: Topics) => Promise<Hop>): Entrant<HopRound> => ({
      name,
      run: () =>
        onFreshTopics(admin, async (topics) => {
          const { seconds, came } = await hop(topics);
          return { perSecond: history.events / seconds, fault: faultOf(came, history) };
        }),
    });
    const rounds = await alternate(
      [
        entrant('ours', (topics) => ourHop(kafka.addresses, topics, store, history.events)),
        entrant('same', (topics) => rawHop(client.kafka, topics.events, same)),
        entrant('bare', (topics) => rawHop(client.kafka, topics.events, bare)),
      ],
      {
        rounds: isShort ? 2 : 10,
        onRound: (name, round, { perSecond, fault = 'all came' }) =>
          say(`${name} ${round}: ${Math.round(perSecond)} events/s, ${fault}`),
      },
    );
    const ratio = ratioSpread(rounds, 'ours', 'same');
    return {
      correct: [...rounds.values()].flat().every(({ fault }) => fault === undefined),
      ratio: { kafkajs: ratio.median, 'kafkajs without headers': ratioSpread(rounds, 'ours', 'bare').median },
      figures: {
        broker: kafka.product,
        ...history,
        partitions,
        target,
        isWithin: ratio.median >= target,
        spread: ratio,
        ourEventsPerSecond: ratesSpread(rounds, 'ours'),
        rawEventsPerSecond: ratesSpread(rounds, 'same'),
        rawWithoutHeadersPerSecond: ratesSpread(rounds, 'bare'),
      },
    };
  },
};
