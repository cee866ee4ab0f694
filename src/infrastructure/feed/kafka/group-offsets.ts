import { type Admin, AssignerProtocol, type GroupDescription } from 'kafkajs';
import { Unavailable } from '../../../application/feed/parking-reader.js';
import { beginning, type Position } from '../../../application/ports/event-store.js';
import { type FeedEnd, GroupInUse } from '../../../application/ports/feed.js';
import { within } from './deadline.js';
import { type KafkaClient, type KafkaClientOptions, openKafkaClient } from './kafka-client.js';

/** Where a group is in a partition of a topic. */
export interface Place {
  readonly partition: number;
  /** Of the next message that the group takes; before `low` where the topic has lost it. */
  readonly next: bigint;
  /** Of the event before it; undefined where the topic holds or held messages before it and nobody wrote which. */
  readonly position: Position | undefined;
  /** Of the first message that the topic still has. */
  readonly low: bigint;
  /** Of the message that comes next. */
  readonly high: bigint;
}

interface Session {
  readonly client: KafkaClient;
  readonly admin: Admin;
  readonly connected: Promise<void>;
}

interface TopicRange {
  readonly partition: number;
  readonly low: string;
  readonly high: string;
}

interface Committed {
  readonly partition: number;
  readonly offset: string;
  readonly metadata: string | null;
}

const deadlineMs = 8_000;
/** kafkajs joins the group for it, and stays for an idle fetch of 5 s. */
const resetMs = 20_000;
const closeMs = 1_000;

const placeOf = ({ partition, low, high }: TopicRange, committed: Committed | undefined): Place => {
  const range = { partition, low: BigInt(low), high: BigInt(high) };
  const offset = BigInt(committed?.offset ?? -1);
  const next = offset < 0n ? 0n : offset;
  const isFromStart = next === 0n && range.low === 0n;
  const isKnown = offset > 0n && offset >= range.low && committed?.metadata;
  return { ...range, next, position: isFromStart ? beginning : isKnown ? (committed.metadata as Position) : undefined };
};

/** What Kafka knows of groups and topics. */
export class GroupOffsets {
  #session: Session | undefined;
  #isClosed = false;

  constructor(private readonly options: KafkaClientOptions) {}

  /** @throws Unavailable when no broker answers or there is no such topic */
  places(group: string, topic: string): Promise<readonly Place[]> {
    return this.#ask(`the offsets of ${group}`, async (admin) => {
      const ranges = await admin.fetchTopicOffsets(topic);
      const [committed] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
      const byPartition = new Map(committed?.partitions.map((one) => [one.partition, one]));
      return ranges
        .map((range) => placeOf(range, byPartition.get(range.partition)))
        .sort((left, right) => left.partition - right.partition);
    });
  }

  /**
   * The topic that each group reads, or read last.
   * @throws Unavailable when no broker answers
   */
  groups(prefix: string, topics: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.#ask('the groups', async (admin) => {
      const { groups } = await admin.listGroups();
      const own = groups.map(({ groupId }) => groupId).filter((group) => group.startsWith(prefix));
      if (own.length === 0) return new Map();
      const described = (await admin.describeGroups(own)).groups;
      const pairs = await Promise.all(
        described.map(async (group) => {
          const topic = subscribedTopic(group, topics) ?? (await committedTopic(admin, group.groupId, topics));
          return topic === undefined ? [] : [[group.groupId, topic] as const];
        }),
      );
      return new Map(pairs.flat());
    });
  }

  /**
   * Puts a group that nobody reads for at one end of its topic.
   * @throws GroupInUse; Unavailable when no broker answers
   */
  reset(group: string, topic: string, to: FeedEnd): Promise<void> {
    const reset = async (admin: Admin): Promise<void> => {
      const [state] = (await admin.describeGroups([group])).groups;
      if (state !== undefined && state.members.length > 0) throw new GroupInUse(group);
      const ranges = await admin.fetchTopicOffsets(topic);
      const partitions = ranges.map(({ partition, low, high }) => ({ partition, offset: to === 'end' ? high : low }));
      await admin.setOffsets({ groupId: group, topic, partitions });
    };
    return this.#ask(`the reset of ${group}`, reset, resetMs);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#session !== undefined) await end(this.#session);
  }

  async #ask<T>(what: string, work: (admin: Admin) => Promise<T>, ms = deadlineMs): Promise<T> {
    if (this.#isClosed) throw new Unavailable('the feed is closed');
    this.#session ??= openSession(this.options);
    const session = this.#session;
    try {
      return await within(
        ms,
        what,
        session.connected.then(() => work(session.admin)),
      );
    } catch (cause) {
      if (cause instanceof GroupInUse) throw cause;
      // The next call connects anew.
      if (this.#session === session) this.#session = undefined;
      await end(session);
      throw new Unavailable(`Kafka doesn't tell ${what}: ${cause instanceof Error ? cause.message : cause}`, { cause });
    }
  }
}

const openSession = (options: KafkaClientOptions): Session => {
  const client = openKafkaClient(options);
  const admin = client.kafka.admin();
  return { client, admin, connected: admin.connect() };
};

const end = async ({ client, admin }: Session): Promise<void> => {
  await Promise.allSettled([within(closeMs, 'parting', admin.disconnect())]);
  client.cut();
};

/** Members that are about to join say nothing yet. */
const subscribedTopic = ({ members }: GroupDescription, topics: readonly string[]): string | undefined =>
  members
    .filter(({ memberMetadata }) => memberMetadata.length > 0)
    .flatMap(({ memberMetadata }) => AssignerProtocol.MemberMetadata.decode(memberMetadata)?.topics ?? [])
    .find((topic) => topics.includes(topic));

const committedTopic = async (
  admin: Admin,
  groupId: string,
  topics: readonly string[],
): Promise<string | undefined> => {
  const committed = await admin.fetchOffsets({ groupId, topics: [...topics] });
  return committed.find(({ partitions }) => partitions.some(({ offset }) => BigInt(offset) >= 0n))?.topic;
};
