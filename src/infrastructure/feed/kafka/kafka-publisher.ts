import type { Producer, RecordMetadata, TopicMessages, Transaction } from 'kafkajs';
import type { Publisher } from '../../../application/feed/relay.js';
import { partitionOf } from '../../../application/partition.js';
import { appendBytesOf, beginning, type Position, type RecordedEvent } from '../../../application/ports/event-store.js';
import {
  type Checkpoint,
  type CheckpointOptions,
  type PartitionMark,
  readCheckpoint,
  toMessages,
} from './checkpoint.js';
import { toMessage } from './cloud-event.js';
import { disconnected, within } from './deadline.js';

export interface KafkaPublisherOptions extends CheckpointOptions {
  /** Of each topic. */
  readonly partitions: number;
  readonly topicOf: (event: RecordedEvent) => string;
}

/** Of the events of one transaction, as a bound: a broker takes 1 MiB and more of one partition at a time. */
const transactionBytes = 512 * 1024;
/** A client that has lost its broker may wait for ever; who publishes begins anew then, with another. */
const beginMs = 60_000;
const transactMs = 30_000;
/** After this time the broker ends a transaction whose publisher has died, so that readers go on. */
const transactionTimeoutMs = 10_000;

/**
 * Publishes in transactions: the events, and the checkpoint that says how far each partition has come. A transactional producer
 * of the same name fences all earlier ones, so that a publisher that was frozen and wakes up writes nothing (ADR 0022).
 */
export class KafkaPublisher implements Publisher {
  #producer: Producer | undefined;
  #checkpoint: Checkpoint = new Map();

  constructor(private readonly options: KafkaPublisherOptions) {}

  async begin(): Promise<Position> {
    await this.close();
    const producer = this.options.kafka.producer({
      transactionalId: this.options.name,
      idempotent: true,
      maxInFlightRequests: 1,
      transactionTimeout: transactionTimeoutMs,
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0,
    });
    this.#producer = producer;
    const found = await within(beginMs, 'the publisher begins', this.#signIn(producer));
    // Kept before anything is published: the aborted messages of one who dies must not pass for those that were lost.
    await this.#transact(async () => found);
    const positions = [...this.#checkpoint.values()].flat().map(({ position }) => position);
    return positions.sort()[0] ?? beginning;
  }

  async publish(events: readonly RecordedEvent[]): Promise<void> {
    const isMissing = (event: RecordedEvent): boolean =>
      event.position > this.#mark(this.options.topicOf(event), this.#partitionOf(event)).position;
    for (const chunk of chunksOf(events.filter(isMissing))) await this.#publish(chunk);
  }

  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    if (producer === undefined) return;
    await disconnected(producer).catch(() => undefined);
  }

  async #signIn(producer: Producer): Promise<Checkpoint> {
    await producer.connect();
    return this.#found(await readCheckpoint(this.options, producer));
  }

  async #publish(events: readonly RecordedEvent[]): Promise<void> {
    const topicMessages = this.#messagesOf(events);
    const position = events.at(-1)?.position ?? beginning;
    let lost: readonly RecordMetadata[] = [];
    try {
      await this.#transact(async (transaction) => {
        const written = await transaction.sendBatch({ acks: -1, topicMessages });
        lost = written.filter((one) => startOf(one) < this.#mark(one.topicName, one.partition).end);
        if (lost.length > 0) throw new Error(`${lost[0]?.topicName} has lost what was published`);
        return this.#marks((mark, topic, partition) => {
          const end = endOf(written, topicMessages, topic, partition) ?? mark.end;
          return mark.position < position ? { position, end } : { ...mark, end };
        });
      });
    } catch (cause) {
      if (lost.length > 0) await this.#forget(lost);
      throw cause;
    }
  }

  /** Begins partitions anew, in a transaction of its own: what was sent to them came before what they lack. */
  #forget(lost: readonly RecordMetadata[]): Promise<void> {
    const isLost = (topic: string, partition: number): boolean =>
      lost.some((one) => one.topicName === topic && one.partition === partition);
    return this.#transact(async () =>
      this.#marks((mark, topic, partition) => (isLost(topic, partition) ? { position: beginning, end: 0 } : mark)),
    );
  }

  /** All or nothing: what is sent, and the checkpoint that holds from then on. */
  async #transact(send: (transaction: Transaction) => Promise<Checkpoint>): Promise<void> {
    if (this.#producer === undefined) throw new Error('the publisher has not begun');
    this.#checkpoint = await within(transactMs, 'the transaction ends', this.#commit(this.#producer, send));
  }

  async #commit(producer: Producer, send: (transaction: Transaction) => Promise<Checkpoint>): Promise<Checkpoint> {
    const transaction = await producer.transaction();
    try {
      const checkpoint = await send(transaction);
      await transaction.send({ topic: this.options.checkpointTopic, acks: -1, messages: toMessages(checkpoint) });
      await transaction.commit();
      return checkpoint;
    } catch (cause) {
      if (transaction.isActive()) await transaction.abort().catch(() => undefined);
      throw cause;
    }
  }

  /** Where each partition is by what was kept and what is there: at the beginning where it is new, or has lost messages. */
  async #found(kept: Checkpoint): Promise<Checkpoint> {
    const admin = this.options.kafka.admin();
    await admin.connect();
    try {
      const found = new Map<string, readonly PartitionMark[]>();
      for (const topic of this.options.topics) {
        const marks: PartitionMark[] = [];
        for (const { partition, high } of await admin.fetchTopicOffsets(topic)) {
          const mark = kept.get(topic)?.[partition];
          const end = Number(high);
          marks[partition] = { position: mark === undefined || end < mark.end ? beginning : mark.position, end };
        }
        found.set(topic, marks);
      }
      return found;
    } finally {
      await disconnected(admin);
    }
  }

  #marks(bring: (mark: PartitionMark, topic: string, partition: number) => PartitionMark): Checkpoint {
    const brought = [...this.#checkpoint].map(
      ([topic, marks]) => [topic, marks.map((mark, partition) => bring(mark, topic, partition))] as const,
    );
    return new Map(brought);
  }

  #mark(topic: string, partition: number): PartitionMark {
    const mark = this.#checkpoint.get(topic)?.[partition];
    if (mark === undefined) throw new Error(`${topic} has no partition ${partition}, or isn't published here`);
    return mark;
  }

  #messagesOf(events: readonly RecordedEvent[]): TopicMessages[] {
    const byTopic = Map.groupBy(events, this.options.topicOf);
    return [...byTopic].map(([topic, own]) => ({
      topic,
      messages: own.map((event) => ({ ...toMessage(event), partition: this.#partitionOf(event) })),
    }));
  }

  #partitionOf({ stream }: RecordedEvent): number {
    return partitionOf(stream, this.options.partitions);
  }
}

/** Of the first message of what was written to a partition. */
const startOf = ({ baseOffset }: RecordMetadata): number => Number(baseOffset);

/** Where a partition ends with what was written; undefined where nothing was. */
const endOf = (
  written: readonly RecordMetadata[],
  sent: readonly TopicMessages[],
  topic: string,
  partition: number,
): number | undefined => {
  const own = written.find((one) => one.topicName === topic && one.partition === partition);
  const messages = sent.find((one) => one.topic === topic)?.messages ?? [];
  return own && startOf(own) + messages.filter((message) => message.partition === partition).length;
};

function* chunksOf(events: readonly RecordedEvent[]): Generator<readonly RecordedEvent[]> {
  let chunk: RecordedEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    const size = appendBytesOf(event);
    if (chunk.length > 0 && bytes + size > transactionBytes) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(event);
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}
