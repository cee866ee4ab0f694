import { openKafkaSubject } from '../support/kafka-subject.js';
import { feedContract } from './feed.contract.js';

for (const partitions of [1, 8]) feedContract('kafka', partitions, (count) => openKafkaSubject(count));
