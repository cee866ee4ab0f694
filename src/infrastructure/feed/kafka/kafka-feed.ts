import { type Backoff, backoffMs } from '../../../application/feed/backoff.js';
import type { Clock } from '../../../application/ports/clock.js';
import { beginning } from '../../../application/ports/event-store.js';
import type { Feed, FeedEnd, FeedReader, FeedSubscription, ReaderLag } from '../../../application/ports/feed.js';
import { GroupOffsets } from './group-offsets.js';
import type { KafkaClientOptions } from './kafka-client.js';
import type { ReaderParts } from './reader-parts.js';
import { ReaderSession } from './reader-session.js';

export interface KafkaFeedOptions extends KafkaClientOptions {
  /** Of each topic; the broker's number must be the same. */
  readonly partitions: number;
  /** The topics that hold events. */
  readonly topics: readonly string[];
  /** The one of them that holds the events of a type. */
  readonly topicOf: (type: string) => string;
  /** Before the names of groups in Kafka; `boxoffice.` unless told otherwise. */
  readonly groupPrefix?: string;
  readonly clock: Clock;
  /** Between the tries of a reader, and between those to reach a broker. */
  readonly wait?: Backoff;
  /** A member that is silent for so long loses its partitions; 10 s, and the broker wants 6 s at least. */
  readonly sessionMs?: number;
  /** How long others of the group wait at most for a batch under way; 30 s. */
  readonly rebalanceMs?: number;
  /** Told of each failed try of a reader, of what isn't an event, and once each time the brokers are away. */
  readonly onFailure?: (group: string, cause: unknown, attempt: number) => void;
}

interface Subscribed extends FeedSubscription {
  readonly topic: string;
  oldestAt(partition: number): number | undefined;
}

const defaultWait: Backoff = { firstMs: 100, longestMs: 30_000 };

/**
 * Reads the events from Kafka, where the relay puts them: one consumer group for each group of readers, whose offsets
 * are its positions; each commit says the event's position in the store, too.
 */
export class KafkaFeed implements Feed {
  readonly partitions: number;
  readonly #options: KafkaFeedOptions;
  readonly #prefix: string;
  readonly #offsets: GroupOffsets;
  readonly #subscribed = new Map<string, Subscribed>();

  constructor(options: KafkaFeedOptions) {
    this.#options = options;
    this.#prefix = options.groupPrefix ?? 'boxoffice.';
    this.partitions = options.partitions;
    this.#offsets = new GroupOffsets(options);
  }

  /** Connects by itself, as soon as a broker is there. @throws Error when the reader's types are in several topics, too */
  subscribe(reader: FeedReader): FeedSubscription {
    const { group } = reader;
    if (this.#subscribed.has(group)) throw new Error(`${group} already reads the feed`);
    const stopping = new AbortController();
    const parts = this.#partsOf(reader);
    let session = new ReaderSession(parts);
    const read = async (): Promise<void> => {
      for (let attempt = 0; !stopping.signal.aborted; attempt++) {
        try {
          await session.run(stopping.signal);
        } catch (cause) {
          if (session.hasJoined) attempt = 0;
          if (attempt === 0) parts.tell(cause, 1);
          await parts.clock.sleep(backoffMs(parts.wait, attempt, parts.clock.random()), stopping.signal);
          session = new ReaderSession(parts);
        }
      }
    };
    const ended = read();
    const subscription = {
      topic: parts.topic,
      oldestAt: (partition: number) => session.oldestAt(partition),
      stop: async (): Promise<void> => {
        stopping.abort();
        await ended;
        if (this.#subscribed.get(group) === subscription) this.#subscribed.delete(group);
      },
    };
    this.#subscribed.set(group, subscription);
    return subscription;
  }

  /**
   * All groups with the prefix, whoever reads for them. A lag counts events of every type.
   * @throws Unavailable when no broker answers
   */
  async lags(): Promise<readonly ReaderLag[]> {
    const groups = await this.#offsets.groups(this.#prefix, this.#options.topics);
    const own = [...this.#subscribed].map(([group, { topic }]) => [this.#prefix + group, topic] as const);
    const lags = await Promise.all(
      [...new Map([...groups, ...own])].map(([groupId, topic]) => this.#lagsOf(groupId, topic)),
    );
    return lags.flat();
  }

  /** All that its topic holds. @throws GroupInUse; Unavailable when no broker answers; Error for an unknown group */
  async reset(group: string, to: FeedEnd): Promise<void> {
    const groupId = this.#prefix + group;
    const topic = (await this.#offsets.groups(groupId, this.#options.topics)).get(groupId);
    if (topic === undefined) throw new Error(`no group ${group} has read from Kafka`);
    await this.#offsets.reset(groupId, topic, to);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#subscribed.values()].map((subscription) => subscription.stop()));
    await this.#offsets.close();
  }

  async #lagsOf(groupId: string, topic: string): Promise<readonly ReaderLag[]> {
    const group = groupId.slice(this.#prefix.length);
    const places = await this.#offsets.places(groupId, topic);
    return places.map(({ partition, next, low, high, position = beginning }) => {
      const lag = Math.max(0, Math.min(Number(high - next), Number(high - low)));
      const oldestAt = lag > 0 ? this.#subscribed.get(group)?.oldestAt(partition) : undefined;
      return { group, partition, position, lag, ...(oldestAt !== undefined && { oldestAt }) };
    });
  }

  #partsOf(reader: FeedReader): ReaderParts {
    const { clock, wait = defaultWait, sessionMs = 10_000, rebalanceMs = 30_000, onFailure } = this.#options;
    return {
      client: this.#options,
      reader,
      groupId: this.#prefix + reader.group,
      topic: this.#topicOf(reader),
      partitions: this.partitions,
      offsets: this.#offsets,
      clock,
      wait,
      sessionMs,
      rebalanceMs,
      tell: (cause, attempt) => onFailure?.(reader.group, cause, attempt),
    };
  }

  #topicOf({ group, types }: FeedReader): string {
    const topics = new Set(types === undefined ? this.#options.topics : types.map(this.#options.topicOf));
    const [topic] = topics;
    if (topic === undefined || topics.size > 1) throw new Error(`${group} reads one topic, not ${topics.size}`);
    return topic;
  }
}
