import { randomUUID } from 'node:crypto';
import type { Admin } from 'kafkajs';
import { createTopics } from '../../src/infrastructure/feed/kafka/topics.js';

/** Fresh topics of one round. */
export interface Topics {
  readonly events: string;
  /** Of the relay. */
  readonly checkpoint: string;
}

export const partitions = 8;

/** Does the work on topics that are gone afterwards. */
export const onFreshTopics = async <T>(admin: Admin, work: (topics: Topics) => Promise<T>): Promise<T> => {
  const events = `hop-${randomUUID()}`;
  const checkpoint = `${events}.relay`;
  await createTopics(admin, [
    { topic: events, numPartitions: partitions },
    { topic: checkpoint, numPartitions: 1, configEntries: [{ name: 'cleanup.policy', value: 'compact' }] },
  ]);
  try {
    return await work({ events, checkpoint });
  } finally {
    await admin.deleteTopics({ topics: [events, checkpoint] });
  }
};
