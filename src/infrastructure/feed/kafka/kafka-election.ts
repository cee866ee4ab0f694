import type { Kafka } from 'kafkajs';
import type { Clock } from '../../../application/ports/clock.js';
import { disconnected, within } from './deadline.js';

export interface ElectionOptions {
  readonly kafka: Kafka;
  /** A topic of one partition: who owns it is elected. */
  readonly topic: string;
  /** Of those who stand for the same. */
  readonly groupId: string;
  /** How long one may be silent before another is elected. */
  readonly sessionMs: number;
  readonly clock: Clock;
  readonly onFailure: (cause: unknown) => void;
}

const betweenTriesMs = 1_000;
/** A client that has lost its broker may wait for ever; a group that elects waits for a member's session to end, at most. */
const standMs = 90_000;
/** What the work that is told to end may take. */
const endMs = 10_000;

/**
 * Does the work, which lasts until its signal, while Kafka holds this process for the owner of the topic's one partition. Of
 * several processes one is at work, but for the moment in which a process that was frozen hasn't heard yet of its successor:
 * the work must bear that. Ends when told to.
 */
export const whileElected = async (
  options: ElectionOptions,
  work: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> => {
  const { kafka, topic, groupId, sessionMs, clock, onFailure } = options;
  while (!signal.aborted) {
    const consumer = kafka.consumer({
      groupId,
      sessionTimeout: sessionMs,
      heartbeatInterval: sessionMs / 5,
      maxWaitTimeInMs: 1_000,
      retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 5, restartOnFailure: async () => false },
    });
    let term: AbortController | undefined;
    let ended = Promise.resolve();
    const begin = (): void => {
      const ending = new AbortController();
      term = ending;
      // The last term may be ending still.
      ended = ended.then(() => work(ending.signal)).catch(onFailure);
    };
    const end = (): void => {
      term?.abort();
      term = undefined;
    };
    try {
      const over = new Promise<void>((resolve) => {
        consumer.on(consumer.events.CRASH, ({ payload }) => {
          onFailure(payload.error);
          resolve();
        });
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
      });
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
        const isElected = (payload.memberAssignment[topic] ?? []).length > 0;
        if (!isElected) end();
        else if (term === undefined) begin();
      });
      const stand = async (): Promise<void> => {
        await consumer.connect();
        await consumer.subscribe({ topic });
        await consumer.run({ eachMessage: async () => undefined });
      };
      await within(standMs, 'standing for election', Promise.race([stand(), over]));
      await over;
    } catch (cause) {
      onFailure(cause);
    }
    end();
    await (signal.aborted ? within(endMs, 'the work ends', ended).catch(onFailure) : ended);
    await disconnected(consumer).catch(onFailure);
    if (!signal.aborted) await clock.sleep(betweenTriesMs, signal);
  }
};
