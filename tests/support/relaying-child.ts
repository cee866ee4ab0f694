import { runRelay } from '../../src/application/feed/relay.js';
import { systemClock as clock } from '../../src/infrastructure/clock/system-clock.js';
import { ReadOnlyEventStore } from '../../src/infrastructure/event-store/embedded/read-only-event-store.js';
import { openKafkaClient } from '../../src/infrastructure/feed/kafka/kafka-client.js';
import { whileElected } from '../../src/infrastructure/feed/kafka/kafka-election.js';
import { KafkaPublisher } from '../../src/infrastructure/feed/kafka/kafka-publisher.js';

/** A relay of a folder's events until it is killed, soon replaced: `<folder> <brokers> <topic> <partitions> <its own topic>`. */
const [folder = '', brokers = '', topic = '', partitions = '', relayTopic = ''] = process.argv.slice(2);

const { kafka } = openKafkaClient({ brokers: brokers.split(',') });
const store = new ReadOnlyEventStore(folder);
const publisher = new KafkaPublisher({
  kafka,
  name: relayTopic,
  checkpointTopic: relayTopic,
  topics: [topic],
  topicOf: () => topic,
  partitions: Number(partitions),
});
const onFailure = (cause: unknown): void => void process.stdout.write(`${cause}\n`);
const work = (signal: AbortSignal): Promise<void> => {
  process.stdout.write('elected\n');
  return runRelay({ store, publisher, isOwn: () => true, clock, onFailure }, signal);
};
await whileElected(
  { kafka, topic: relayTopic, groupId: relayTopic, sessionMs: 1_000, clock, onFailure },
  work,
  new AbortController().signal,
);
