import { openKafkaSubject } from '../support/kafka-subject.js';
import { describeKafka } from '../support/servers.js';
import { feedContract } from './feed.contract.js';

describeKafka('the feed over Kafka', () => {
  for (const partitions of [1, 8]) feedContract('kafka', partitions, (count) => openKafkaSubject(count));
});
