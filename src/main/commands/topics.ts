import { Command } from 'commander';
import { scaledTo, topicCatalogue } from '../../infrastructure/feed/kafka/topic-catalogue.js';
import type { TopicDifference } from '../../infrastructure/feed/kafka/topics.js';
import { exitCodes } from '../exit-codes.js';
import { readSettings } from '../settings.js';

interface ForCluster {
  readonly copies?: string;
  readonly json?: boolean;
}

/** `boxoffice topics`: the topics of Kafka against the catalogue of the project, `deploy/kafka/topics.json`. */
export const topicsCommand = (): Command =>
  new Command('topics').description('creates and checks the topics').addCommand(one('apply')).addCommand(one('check'));

const meanings = {
  apply: 'creates missing topics, leaves existing ones as they are, and names what differs; safe to repeat',
  check: 'names what is missing or differs',
};

const one = (action: 'apply' | 'check'): Command =>
  new Command(action)
    .description(meanings[action])
    .option('--copies <number>', 'that a topic has at most: 1 for development on one broker')
    .option('--json', 'machine-readable, on one line')
    .action(({ copies, json = false }: ForCluster) => run(action, copies, json));

const run = async (action: 'apply' | 'check', copies: string | undefined, json: boolean): Promise<void> => {
  const { kafkaBrokers: brokers } = readSettings(process.env);
  if (brokers === undefined) throw new Error('KAFKA_BROKERS must be set');
  if (copies !== undefined && !/^[1-9]$/.test(copies)) throw new Error('--copies must be a number from 1 to 9');
  const catalogue = copies === undefined ? topicCatalogue() : scaledTo(topicCatalogue(), Number(copies));
  const alone = catalogue.topics.find(({ replication }) => replication < 2);
  if (action === 'apply' && process.env.NODE_ENV === 'production' && alone !== undefined) {
    throw new Error(`${alone.name} would have one copy, which is lost with its broker: not with NODE_ENV=production`);
  }
  const { openKafkaClient } = await import('../../infrastructure/feed/kafka/kafka-client.js');
  const { applyTopics, checkTopics } = await import('../../infrastructure/feed/kafka/topics.js');
  const { kafka, cut } = openKafkaClient({ brokers });
  const admin = kafka.admin();
  try {
    await admin.connect();
    const { created, differences } =
      action === 'apply'
        ? await applyTopics(admin, catalogue)
        : { created: [], differences: await checkTopics(admin, catalogue) };
    if (differences.length > 0) process.exitCode = exitCodes.differs;
    if (json) process.stdout.write(`${JSON.stringify({ created, differences })}\n`);
    else process.stdout.write([...created.map((name) => `created ${name}\n`), ...differences.map(lineOf)].join(''));
    await admin.disconnect();
  } finally {
    cut();
  }
};

const lineOf = ({ topic, what, is, shouldBe }: TopicDifference): string =>
  shouldBe === undefined ? `${topic} is ${what}\n` : `${topic}: ${what} is ${is}, should be ${shouldBe}\n`;
