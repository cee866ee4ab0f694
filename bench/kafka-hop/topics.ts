import { randomUUID } from 'node:crypto';
import type { Admin } from 'kafkajs';
import { until } from '../../tests/support/until.js';

/** Fresh topics of one round. */
export interface Topics {
  readonly events: string;
  /** Of the relay. */
  readonly checkpoint: string;
}

export const partitions = 8;

const hasLeaders = async (admin: Admin, topic: string): Promise<boolean> => {
  const [found] = (await admin.fetchTopicMetadata({ topics: [topic] })).topics;
  return found?.partitions.every(({ leader }) => leader >= 0) ?? false;
};

/** Does the work on topics that are gone afterwards. */
export const onFreshTopics = async <T>(admin: Admin, work: (topics: Topics) => Promise<T>): Promise<T> => {
  const events = `hop-${randomUUID()}`;
  const checkpoint = `${events}.relay`;
  await admin.createTopics({
    waitForLeaders: false,
    topics: [
      { topic: events, numPartitions: partitions },
      { topic: checkpoint, numPartitions: 1, configEntries: [{ name: 'cleanup.policy', value: 'compact' }] },
    ],
  });
  for (const topic of [events, checkpoint]) await until(`${topic} has leaders`, () => hasLeaders(admin, topic));
  try {
    return await work({ events, checkpoint });
  } finally {
    await admin.deleteTopics({ topics: [events, checkpoint] });
  }
};
