import type { Admin, Kafka, Producer, RecordMetadata, TopicMessages } from 'kafkajs';
import { type Publisher, TakenOver } from '../../../application/feed/relay.js';
import { partitionOf } from '../../../application/partition.js';
import { appendBytesOf, beginning, type Position, type RecordedEvent } from '../../../application/ports/event-store.js';
import { toMessage } from './cloud-event.js';

export interface KafkaPublisherOptions {
  readonly kafka: Kafka;
  /** Under which it takes over from others, and keeps how far it has come. */
  readonly name: string;
  /** Of each topic. */
  readonly partitions: number;
  readonly topicOf: (event: RecordedEvent) => string;
  readonly topics: readonly string[];
}

/** Of the events of one transaction, as a bound: a broker takes 1 MiB and more of one partition at a time. */
const transactionBytes = 512 * 1024;
/** After this time the broker ends a transaction whose publisher has died, so that readers go on. */
const transactionTimeoutMs = 10_000;

/**
 * Publishes in transactions: the events, and in the metadata of a group's offsets the position that they end at. A
 * transactional producer of the same name fences all earlier ones, so that a publisher that was frozen and wakes up writes
 * nothing (ADR 0022).
 */
export class KafkaPublisher implements Publisher {
  #producer: Producer | undefined;
  #admin: Admin | undefined;

  constructor(private readonly options: KafkaPublisherOptions) {}

  async begin(): Promise<Position> {
    const { kafka, name } = this.options;
    await this.close();
    this.#producer = kafka.producer({
      transactionalId: name,
      idempotent: true,
      maxInFlightRequests: 1,
      transactionTimeout: transactionTimeoutMs,
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0,
    });
    this.#admin = kafka.admin();
    await this.#producer.connect();
    // The client announces itself with its first transaction only. The broker ends what an earlier publisher had under way
    // before it lets this one in.
    await (await this.#producer.transaction()).abort();
    await this.#admin.connect();
    return this.#published(this.#admin);
  }

  async publish(events: readonly RecordedEvent[]): Promise<void> {
    for (const chunk of chunksOf(events)) await this.#publish(chunk);
  }

  async close(): Promise<void> {
    const [producer, admin] = [this.#producer, this.#admin];
    this.#producer = undefined;
    this.#admin = undefined;
    await Promise.allSettled([producer?.disconnect(), admin?.disconnect()]);
  }

  async #publish(events: readonly RecordedEvent[]): Promise<void> {
    if (this.#producer === undefined) throw new Error('the publisher has not begun');
    const topicMessages = this.#messagesOf(events);
    const position = events.at(-1)?.position ?? beginning;
    try {
      const transaction = await this.#producer.transaction();
      try {
        const written = await transaction.sendBatch({ acks: -1, topicMessages });
        await transaction.sendOffsets({
          consumerGroupId: this.options.name,
          topics: offsetsOf(written, topicMessages, position),
        });
        await transaction.commit();
      } catch (cause) {
        if (transaction.isActive()) await transaction.abort().catch(() => undefined);
        throw cause;
      }
    } catch (cause) {
      throw isFenced(cause) ? new TakenOver('another publishes now', { cause }) : cause;
    }
  }

  #messagesOf(events: readonly RecordedEvent[]): TopicMessages[] {
    const { topicOf, partitions } = this.options;
    const byTopic = new Map<string, TopicMessages>();
    for (const event of events) {
      const topic = topicOf(event);
      const own = byTopic.get(topic) ?? { topic, messages: [] };
      byTopic.set(topic, own);
      own.messages.push({ ...toMessage(event), partition: partitionOf(event.stream, partitions) });
    }
    return [...byTopic.values()];
  }

  /** The last position published; the beginning where a topic has lost what was published, so that all comes again. */
  async #published(admin: Admin): Promise<Position> {
    const { name, topics } = this.options;
    let last = beginning;
    for (const { topic, partitions } of await admin.fetchOffsets({ groupId: name, topics: [...topics] })) {
      const ends = await admin.fetchTopicOffsets(topic);
      for (const { partition, offset, metadata } of partitions) {
        if (Number(offset) < 0) continue;
        const end = ends.find((one) => one.partition === partition)?.high ?? '0';
        if (BigInt(end) < BigInt(offset)) return beginning;
        if ((metadata ?? '') > last) last = (metadata ?? '') as Position;
      }
    }
    return last;
  }
}

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

interface TopicOffset {
  topic: string;
  partitions: { partition: number; offset: string; metadata: string }[];
}

/** Where each partition ends with these messages in it. */
const offsetsOf = (
  written: readonly RecordMetadata[],
  sent: readonly TopicMessages[],
  position: Position,
): TopicOffset[] =>
  sent.map(({ topic, messages }) => ({
    topic,
    partitions: written
      .filter(({ topicName }) => topicName === topic)
      .map(({ partition, baseOffset }) => {
        const count = messages.filter((message) => message.partition === partition).length;
        return { partition, offset: String(BigInt(baseOffset ?? '0') + BigInt(count)), metadata: position };
      }),
  }));

const fencing = new Set(['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED', 'INVALID_PRODUCER_ID_MAPPING']);

const isFenced = (cause: unknown): boolean => {
  for (let error = cause; error instanceof Error; error = error.cause) {
    if ('type' in error && typeof error.type === 'string' && fencing.has(error.type)) return true;
  }
  return false;
};
