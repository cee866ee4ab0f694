import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Topic {
  readonly name: string;
  /** Whose events it carries; none where it carries no events. */
  readonly module?: string;
  /** Those of the catalogue when left out. */
  readonly partitions?: number;
  readonly replication: number;
  readonly config: Readonly<Record<string, string>>;
}

export interface TopicCatalogue {
  /** That the streams of a module are spread over: never changed for an installation. */
  readonly partitions: number;
  readonly topics: readonly Topic[];
}

/** Folder of the package; compiled files of this one lie five levels below it. */
const root = join(import.meta.dirname, '..', '..', '..', '..', '..');

/** The topics of the platform: `deploy/kafka/topics.json`. */
export const topicCatalogue = (): TopicCatalogue =>
  JSON.parse(readFileSync(join(root, 'deploy', 'kafka', 'topics.json'), 'utf8'));

/** The topic that holds a module's events. @throws Error when the catalogue has none */
export const topicOfModule = ({ topics }: TopicCatalogue, name: string): string => {
  const found = topics.find(({ module }) => module === name);
  if (found === undefined) throw new Error(`there is no topic of ${name}`);
  return found.name;
};

/** The topics that hold events. */
export const eventTopics = ({ topics }: TopicCatalogue): readonly string[] =>
  topics.flatMap(({ name, module }) => (module === undefined ? [] : [name]));

/** Copies that a topic can have where there are fewer brokers than it wants. */
export const scaledTo = ({ partitions, topics }: TopicCatalogue, brokers: number): TopicCatalogue => ({
  partitions,
  topics: topics.map((topic) => {
    const replication = Math.min(topic.replication, brokers);
    const insync = String(Math.min(Number(topic.config['min.insync.replicas'] ?? 1), Math.max(1, replication - 1)));
    return { ...topic, replication, config: { ...topic.config, 'min.insync.replicas': insync } };
  }),
});
