import { expect } from 'chai';
import type { ConsumerGroupJoinEvent, Kafka } from 'kafkajs';
import { whileElected } from '../../../src/infrastructure/feed/kafka/kafka-election.js';
import { realClock } from '../../support/temp-store.js';
import { until } from '../../support/until.js';

const topic = 'boxoffice.relay';

/** A Kafka that elects whom it is told to. */
const ballot = () => {
  let onJoin: ((event: ConsumerGroupJoinEvent) => void) | undefined;
  const none = async (): Promise<void> => undefined;
  const consumer = {
    events: { CRASH: 'crash', GROUP_JOIN: 'join' },
    on: (name: string, listener: (event: ConsumerGroupJoinEvent) => void) => {
      if (name === 'join') onJoin = listener;
    },
    connect: none,
    subscribe: none,
    run: none,
    disconnect: none,
  };
  const elect = (isElected: boolean): void =>
    onJoin?.({ payload: { memberAssignment: isElected ? { [topic]: [0] } : {} } } as unknown as ConsumerGroupJoinEvent);
  return { kafka: { consumer: () => consumer } as unknown as Kafka, elect, isOpen: () => onJoin !== undefined };
};

describe('the election of a relay', () => {
  it('works again when it is elected anew before its last term has ended, and one term at a time', async () => {
    const { kafka, elect, isOpen } = ballot();
    const ending = new AbortController();
    let terms = 0;
    let atOnce = 0;
    let finish = (): void => undefined;
    const work = async (signal: AbortSignal): Promise<void> => {
      terms++;
      expect(++atOnce).to.equal(1);
      await new Promise<void>((resolve) => {
        finish = resolve;
        if (terms > 1) signal.addEventListener('abort', () => resolve());
      });
      atOnce--;
    };
    const failures: unknown[] = [];
    const election = whileElected(
      {
        kafka,
        topic,
        groupId: 'g',
        sessionMs: 10_000,
        clock: realClock,
        onFailure: (cause) => void failures.push(cause),
      },
      work,
      ending.signal,
    );
    await until('it stands for election', isOpen);
    elect(true);
    await until('the first term has begun', () => terms === 1);
    elect(false);
    elect(true);
    finish();
    await until('the second term has begun', () => terms === 2);
    ending.abort();
    await election;
    expect([failures, atOnce]).to.deep.equal([[], 0]);
  });
});
