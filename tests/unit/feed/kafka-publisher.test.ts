import { mock } from 'node:test';
import { expect } from 'chai';
import type { Kafka } from 'kafkajs';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { KafkaPublisher } from '../../../src/infrastructure/feed/kafka/kafka-publisher.js';
import { failureOf } from '../../support/failure-of.js';

const never = <T>(): Promise<T> => new Promise(() => undefined);

const publisherOn = (producer: object): KafkaPublisher =>
  new KafkaPublisher({
    kafka: { producer: () => ({ disconnect: async () => undefined, ...producer }) } as unknown as Kafka,
    name: 'relay',
    checkpointTopic: 'checkpoints',
    partitions: 1,
    topicOf: () => 'events',
    topics: ['events'],
  });

describe('a publisher whose client waits for ever', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
  afterEach(() => mock.timers.reset());

  for (const [what, producer] of Object.entries({
    'to connect': { connect: never },
    'for a transaction': { connect: async () => undefined, transaction: never },
  })) {
    it(`${what} says so after a while, so that its relay begins anew`, async () => {
      const beginning = failureOf(publisherOn(producer).begin());
      // What comes before the wait is done first.
      await new Promise(setImmediate);
      mock.timers.tick(60_000);
      expect(await beginning)
        .to.be.instanceOf(Error)
        .with.property('message', 'the publisher begins: no answer in 60000 ms');
    });
  }
});
