import type { Backoff } from '../../../application/feed/backoff.js';
import type { Clock } from '../../../application/ports/clock.js';
import type { FeedReader } from '../../../application/ports/feed.js';
import type { GroupOffsets } from './group-offsets.js';
import type { KafkaClientOptions } from './kafka-client.js';

/** What one reader of the feed works with. */
export interface ReaderParts {
  readonly client: KafkaClientOptions;
  readonly reader: FeedReader;
  /** The group's name in Kafka. */
  readonly groupId: string;
  readonly topic: string;
  readonly partitions: number;
  readonly offsets: Pick<GroupOffsets, 'places'>;
  readonly clock: Clock;
  readonly wait: Backoff;
  /** A member that is silent for so long loses its partitions. */
  readonly sessionMs: number;
  /** How long others wait at most for the batch under way before they take a partition over. */
  readonly rebalanceMs: number;
  readonly tell: (cause: unknown, attempt: number) => void;
}
