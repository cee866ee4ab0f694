import type { Kafka } from 'kafkajs';
import type { Clock } from '../../../application/ports/clock.js';

export interface ElectionOptions {
  readonly kafka: Kafka;
  /** A topic of one partition: who owns it is elected. */
  readonly topic: string;
  /** Of those who stand for the same. */
  readonly groupId: string;
  readonly clock: Clock;
  readonly onFailure: (cause: unknown) => void;
}

/** How long one may be silent before another is elected. */
const sessionMs = 10_000;
const betweenTriesMs = 1_000;

/**
 * Does the work while Kafka holds this process for the owner of the topic's one partition; of several processes one at a
 * time. Ends when told to.
 */
export const whileElected = async (
  options: ElectionOptions,
  work: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> => {
  const { kafka, topic, groupId, clock, onFailure } = options;
  while (!signal.aborted) {
    const consumer = kafka.consumer({
      groupId,
      sessionTimeout: sessionMs,
      heartbeatInterval: sessionMs / 5,
      maxWaitTimeInMs: 1_000,
      retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 5, restartOnFailure: async () => false },
    });
    let term: { readonly ended: Promise<void>; readonly ending: AbortController } | undefined;
    const endTerm = async (): Promise<void> => {
      term?.ending.abort();
      await term?.ended;
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
        if (!isElected) void endTerm();
        else if (term === undefined) {
          const ending = new AbortController();
          const ended = work(ending.signal)
            .catch(onFailure)
            .finally(() => {
              if (term?.ending === ending) term = undefined;
            });
          term = { ending, ended };
        }
      });
      await consumer.connect();
      await consumer.subscribe({ topic });
      await consumer.run({ eachMessage: async () => undefined });
      await over;
    } catch (cause) {
      onFailure(cause);
    }
    await endTerm();
    await consumer.disconnect().catch(onFailure);
    if (!signal.aborted) await clock.sleep(betweenTriesMs, signal);
  }
};
