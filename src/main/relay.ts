import type { Container } from 'inversify';
import { runRelay } from '../application/feed/relay.js';
import { openKafkaClient } from '../infrastructure/feed/kafka/kafka-client.js';
import { whileElected } from '../infrastructure/feed/kafka/kafka-election.js';
import { KafkaPublisher } from '../infrastructure/feed/kafka/kafka-publisher.js';
import { topicCatalogue, topicOfModule } from '../infrastructure/feed/kafka/topic-catalogue.js';
import { moduleOf } from './catalogue.js';
import type { Settings } from './settings.js';
import { tokens as t } from './tokens.js';

/** Its one partition is owned by the relay that is at work, and holds how far it has come. */
const relayTopic = 'boxoffice.relay';
const sessionMs = 10_000;

/** Publishes events of this process's modules to Kafka, where there is one; of several relays one is at work. */
export const startRelay = async (
  container: Container,
  { kafkaBrokers, modules }: Settings,
  stack: AsyncDisposableStack,
): Promise<void> => {
  if (kafkaBrokers === undefined) return;
  const store = await container.getAsync(t.eventStore);
  const clock = await container.getAsync(t.clock);
  const log = await container.getAsync(t.log);
  const catalogue = topicCatalogue();
  const name = `boxoffice.relay.${[...modules].sort().join('+')}`;
  const { kafka } = openKafkaClient({ brokers: kafkaBrokers });
  const publisher = new KafkaPublisher({
    kafka,
    name,
    checkpointTopic: relayTopic,
    partitions: catalogue.partitions,
    topicOf: ({ stream }) => topicOfModule(catalogue, moduleOf(stream) ?? 'no module'),
    topics: [...modules].map((module) => topicOfModule(catalogue, module)),
  });
  const ending = new AbortController();
  const relay = whileElected(
    {
      kafka,
      topic: relayTopic,
      groupId: name,
      sessionMs,
      clock,
      onFailure: (err) => log.warn({ err }, 'the relay is not elected at the moment'),
    },
    (signal) =>
      runRelay(
        {
          store,
          publisher,
          isOwn: ({ stream }) => [...modules].some((name) => name === moduleOf(stream)),
          clock,
          onFailure: (err, attempt) => log.warn({ err, attempt }, 'the relay failed and starts again'),
        },
        signal,
      ),
    ending.signal,
  );
  stack.defer(async () => {
    ending.abort();
    await relay;
    await publisher.close();
  });
};
