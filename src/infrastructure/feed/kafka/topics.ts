import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs, { type Admin, type ITopicConfig } from 'kafkajs';
import type { Topic, TopicCatalogue } from './topic-catalogue.js';

/** What a topic is in the cluster, against what the catalogue says. */
export interface TopicDifference {
  readonly topic: string;
  /** `missing`, or what it is about. */
  readonly what: string;
  readonly is?: string;
  readonly shouldBe?: string;
}

/** Every difference between the cluster and the catalogue; none where all is well. */
export const checkTopics = async (admin: Admin, catalogue: TopicCatalogue): Promise<readonly TopicDifference[]> => {
  const existing = new Set(await admin.listTopics());
  const differences: TopicDifference[] = [];
  for (const topic of catalogue.topics) {
    if (existing.has(topic.name)) differences.push(...(await differencesOf(admin, topic, catalogue.partitions)));
    else differences.push({ topic: topic.name, what: 'missing' });
  }
  return differences;
};

const differencesOf = async (admin: Admin, topic: Topic, partitions: number): Promise<readonly TopicDifference[]> => {
  const { name } = topic;
  const [found] = (await admin.fetchTopicMetadata({ topics: [name] })).topics;
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name, configNames: Object.keys(topic.config) }],
  });
  const is: Record<string, string> = {
    partitions: String(found?.partitions.length ?? 0),
    replication: String(found?.partitions[0]?.replicas.length ?? 0),
    ...Object.fromEntries((resources[0]?.configEntries ?? []).map((entry) => [entry.configName, entry.configValue])),
  };
  const shouldBe: Record<string, string> = {
    partitions: String(topic.partitions ?? partitions),
    replication: String(topic.replication),
    ...topic.config,
  };
  return Object.entries(shouldBe).flatMap(([what, value]) =>
    is[what] === value ? [] : [{ topic: name, what, is: is[what] ?? '', shouldBe: value }],
  );
};

const leadersMs = 30_000;

/**
 * Creates topics and waits until each partition has a leader. kafkajs, told to wait, gives up at the first broker that hasn't
 * heard of the topic yet.
 */
export const createTopics = async (admin: Admin, topics: ITopicConfig[]): Promise<void> => {
  await admin.createTopics({ waitForLeaders: false, topics });
  for (const giveUpAt = Date.now() + leadersMs; ; await sleep(100)) {
    try {
      const found = (await admin.fetchTopicMetadata({ topics: topics.map(({ topic }) => topic) })).topics;
      if (found.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0))) return;
    } catch (cause) {
      if (Date.now() > giveUpAt) throw cause;
    }
    if (Date.now() > giveUpAt) throw new Error(`topics have no leaders in ${leadersMs} ms`);
  }
};

/** Creates what is missing; what is there stays as it is. @returns what was missing, and what differs still */
export const applyTopics = async (
  admin: Admin,
  catalogue: TopicCatalogue,
): Promise<{ readonly created: readonly string[]; readonly differences: readonly TopicDifference[] }> => {
  const existing = new Set(await admin.listTopics());
  const missing = catalogue.topics.filter(({ name }) => !existing.has(name));
  if (missing.length > 0) {
    const topics = missing.map(({ name, partitions, replication, config }) => ({
      topic: name,
      numPartitions: partitions ?? catalogue.partitions,
      replicationFactor: replication,
      configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
    }));
    await createTopics(admin, topics);
  }
  return { created: missing.map(({ name }) => name), differences: await checkTopics(admin, catalogue) };
};
