import { randomUUID } from 'node:crypto';
import type { Kafka, Message, Producer } from 'kafkajs';
import type { Position } from '../../../application/ports/event-store.js';
import { disconnected, within } from './deadline.js';

/** How far a partition has come: all events up to the position are in it, and it ends at the offset, or behind it. */
export interface PartitionMark {
  readonly position: Position;
  readonly end: number;
}

/** Of each topic, by partition. */
export type Checkpoint = ReadonlyMap<string, readonly PartitionMark[]>;

const readMs = 30_000;

/** One a topic: what is written later compacts what was written before. */
export const toMessages = (checkpoint: Checkpoint): Message[] =>
  [...checkpoint].map(([key, marks]) => ({ key, value: JSON.stringify(marks) }));

export interface CheckpointOptions {
  readonly kafka: Kafka;
  /** Compacted, of one partition. */
  readonly checkpointTopic: string;
  /** Of the publisher. */
  readonly name: string;
  /** Whose marks are asked for. */
  readonly topics: readonly string[];
}

/**
 * Signs in, and reads what is kept up to there. The signature is committed as the last of its topic, so whoever has read it has
 * read all that was committed before.
 * @param producer of the publisher: its first transaction fences all earlier ones
 */
export const readCheckpoint = async (
  { kafka, checkpointTopic: topic, name, topics }: CheckpointOptions,
  producer: Producer,
): Promise<Checkpoint> => {
  const signature = randomUUID();
  const transaction = await producer.transaction();
  await transaction.send({ topic, acks: -1, messages: [{ key: name, value: signature }] });
  await transaction.commit();
  const marks = new Map<string, readonly PartitionMark[]>();
  // A group of its own, without offsets: Kafka forgets it by itself, and none who died in it is waited for.
  const consumer = kafka.consumer({ groupId: `${name}.${signature}`, maxWaitTimeInMs: 100 });
  try {
    const signed = new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      const read = async (): Promise<void> => {
        await consumer.connect();
        await consumer.subscribe({ topic, fromBeginning: true });
        await consumer.run({
          autoCommit: false,
          eachMessage: async ({ message: { key, value } }) => {
            if (key === null || value === null) return;
            if (value.toString() === signature) resolve();
            else if (topics.includes(key.toString())) marks.set(key.toString(), JSON.parse(value.toString()));
          },
        });
      };
      read().catch(reject);
    });
    await within(readMs, `${topic} is read`, signed);
  } finally {
    await disconnected(consumer);
  }
  return marks;
};
