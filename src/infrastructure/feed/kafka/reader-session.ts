import type { Consumer, ConsumerEndBatchProcessEvent, EachBatchPayload } from 'kafkajs';
import { within } from './deadline.js';
import { type KafkaClient, openKafkaClient } from './kafka-client.js';
import { type Flow, OwnedPartition } from './owned-partition.js';
import type { ReaderParts } from './reader-parts.js';
import { untilDone } from './until-done.js';

/** A reader holds at most so much of the topic in memory, and one message more where that is longer. */
const maxBytes = 4 * 1024 * 1024;
const maxBytesPerPartition = 512 * 1024;

/** How long an idle fetch stays with the broker: a stop waits for it. */
const idleFetchMs = 250;

/** A client that has lost its broker may wait for ever: a new session then, with another. */
const beginMs = 60_000;
const joinMs = 2_000;
const partMs = 2_000;

/** One consumer of a group, from its connecting until it is stopped or breaks down. */
export class ReaderSession {
  /** Whether it came as far as to be a member of the group. */
  hasJoined = false;
  readonly #client: KafkaClient;
  readonly #consumer: Consumer;
  readonly #owned = new Map<number, OwnedPartition>();
  readonly #underWay = new Set<Promise<void>>();
  /** Ends the assignment of the moment. */
  #lose = new AbortController();
  #revoking: Promise<void> = Promise.resolve();
  /** Ends when this is a member of the group, or can't be one. */
  #beginning: Promise<void> = Promise.resolve();
  #isEnding = false;

  constructor(private readonly parts: ReaderParts) {
    const { client, groupId, sessionMs, rebalanceMs } = parts;
    this.#client = openKafkaClient(client);
    this.#consumer = this.#client.kafka.consumer({
      groupId,
      sessionTimeout: sessionMs,
      rebalanceTimeout: rebalanceMs,
      heartbeatInterval: sessionMs / 10,
      maxWaitTimeInMs: idleFetchMs,
      maxBytes,
      maxBytesPerPartition,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 3, restartOnFailure: async () => false },
    });
  }

  /** Reads until the signal; the batches under way are finished then. @throws what it broke down of */
  async run(signal: AbortSignal): Promise<void> {
    const consumer = this.#consumer;
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) =>
      this.#join(payload.memberAssignment[this.parts.topic] ?? []),
    );
    consumer.on(consumer.events.REBALANCING, () => this.#loseAll());
    consumer.on(consumer.events.STOP, () => this.#loseAll());
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => this.#pass(payload));
    const { promise: over, resolve: stop, reject: breakDown } = Promise.withResolvers<void>();
    consumer.on(consumer.events.CRASH, ({ payload }) => breakDown(payload.error));
    const onAbort = (): void => stop();
    signal.addEventListener('abort', onAbort);
    try {
      if (signal.aborted) return;
      this.#beginning = within(beginMs + this.parts.rebalanceMs, 'joining', this.#begin());
      await Promise.race([this.#beginning.then(() => over), over]);
    } finally {
      signal.removeEventListener('abort', onAbort);
      await this.#end();
    }
  }

  oldestAt(partition: number): number | undefined {
    return this.#owned.get(partition)?.oldestAt;
  }

  async #begin(): Promise<void> {
    const { offsets, groupId, topic, partitions } = this.parts;
    const known = (await offsets.places(groupId, topic)).length;
    if (known !== partitions) throw new Error(`${topic} has ${known} partitions, not ${partitions}`);
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [topic], fromBeginning: true });
    if (this.#isEnding) return;
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: partitions,
      eachBatch: (payload) => this.#take(payload),
    });
  }

  async #end(): Promise<void> {
    this.#isEnding = true;
    await Promise.allSettled(this.#underWay);
    await this.#loseAll();
    // One that parts while it joins would hold partitions till its session ends, as one does that parts without a word.
    await Promise.allSettled([within(joinMs, 'joining', this.#beginning)]);
    await Promise.allSettled([within(partMs, 'parting', this.#consumer.disconnect())]);
    this.#client.cut();
  }

  /** Each partition is still till its reader is ready for it. */
  #join(partitions: readonly number[]): void {
    this.hasJoined = true;
    void this.#loseAll();
    if (this.#isEnding || partitions.length === 0) return;
    const lost = new AbortController();
    this.#lose = lost;
    for (const partition of partitions) {
      const flow = this.#flow(partition);
      flow.pause();
      this.#owned.set(partition, new OwnedPartition(partition, this.parts, flow, lost.signal));
    }
    void this.#open([...this.#owned.values()], lost.signal);
  }

  async #open(joined: readonly OwnedPartition[], lost: AbortSignal): Promise<void> {
    const { offsets, groupId, topic } = this.parts;
    // What was under way in an earlier assignment comes to its end before the same partition is read again.
    await Promise.allSettled([this.#revoking, ...this.#underWay]);
    const places = await untilDone(this.parts, lost, () => offsets.places(groupId, topic));
    for (const place of places ?? []) {
      void joined.find(({ partition }) => partition === place.partition)?.open(place);
    }
  }

  #flow(partition: number): Flow {
    const { topic } = this.parts;
    const consumer = this.#consumer;
    const these = [{ topic, partitions: [partition] }];
    return {
      pause: () => consumer.pause(these),
      resume: () => consumer.resume(these),
      seek: (offset) => consumer.seek({ topic, partition, offset: `${offset}` }),
      commit: (offset, metadata) => consumer.commitOffsets([{ topic, partition, offset: `${offset}`, metadata }]),
      expelled: () => void this.#loseAll(),
    };
  }

  #loseAll(): Promise<void> {
    this.#lose.abort();
    const lost = [...this.#owned.values()];
    this.#owned.clear();
    const revoked = Promise.all(lost.map((one) => one.revoke()));
    this.#revoking = Promise.all([this.#revoking, revoked]).then(() => undefined);
    return this.#revoking;
  }

  /** kafkajs keeps to itself what holds no message, and goes on behind it. */
  #pass({ partition, batchSize, firstOffset, lastOffset }: ConsumerEndBatchProcessEvent['payload']): void {
    if (batchSize > 0 || firstOffset === null) return;
    this.#owned.get(partition)?.pass(BigInt(firstOffset), BigInt(lastOffset));
  }

  async #take(payload: EachBatchPayload): Promise<void> {
    const owned = this.#owned.get(payload.batch.partition);
    if (owned === undefined || this.#isEnding) {
      payload.pause();
      return;
    }
    const work = owned.take(payload);
    this.#underWay.add(work);
    try {
      await work;
    } finally {
      this.#underWay.delete(work);
    }
  }
}
