import type { EventStore, RecordedEvent } from '../../../application/ports/event-store.js';
import { beginning } from '../../../application/ports/event-store.js';
import { fromStored } from './stored-bytes.js';

export const metadataType = '$metadata';
export const tombstoneType = '$streamDeleted';

/** Revision of a tombstone, and what `$tb` is set to by a delete. */
export const endOfStream = 2n ** 63n - 1n;

export const metadataStreamOf = (stream: string): string => `$$${stream}`;
export const isMetadataStream = (stream: string): boolean => stream.startsWith('$$');

/** What is special about a stream; most have nothing. */
export interface StreamRule {
  readonly maxCount?: bigint;
  readonly maxAgeMs?: number;
  /** Events before this revision are gone. */
  readonly truncateBefore?: bigint;
  readonly isTombstoned?: boolean;
}

const none: StreamRule = {};
/** Only the last metadata of a stream counts. */
const ofMetadataStreams: StreamRule = { maxCount: 1n };

/** Large whole numbers as they stand in the text: `$tb` of a delete is larger than a JavaScript number holds. */
const wholeNumber = (json: string, name: string): bigint | undefined => {
  const found = new RegExp(`"\\${name}"\\s*:\\s*(\\d{1,19})\\b`).exec(json)?.[1];
  return found === undefined ? undefined : BigInt(found);
};

const readMetadata = (json: string): StreamRule => {
  const maxCount = wholeNumber(json, '$maxCount');
  const maxAgeSeconds = wholeNumber(json, '$maxAge');
  const truncateBefore = wholeNumber(json, '$tb');
  return {
    ...(maxCount !== undefined && { maxCount }),
    ...(maxAgeSeconds !== undefined && { maxAgeMs: Number(maxAgeSeconds) * 1_000 }),
    ...(truncateBefore !== undefined && { truncateBefore }),
  };
};

type Relevant = Pick<RecordedEvent, 'stream' | 'type' | 'data' | 'metadata'>;

/** The metadata and tombstones of all streams, folded from their events. */
export class StreamRules {
  readonly #rules = new Map<string, StreamRule>();

  static async load(store: EventStore): Promise<StreamRules> {
    const rules = new StreamRules();
    const filter = { types: [metadataType, tombstoneType] };
    for (let after = beginning; ; ) {
      const { events, next, isHead } = await store.readAll(after, { filter });
      for (const event of events) rules.take(event);
      if (isHead) return rules;
      after = next;
    }
  }

  of(stream: string): StreamRule {
    return isMetadataStream(stream) ? ofMetadataStreams : (this.#rules.get(stream) ?? none);
  }

  take({ stream, type, data, metadata }: Relevant): void {
    if (type === tombstoneType) this.#rules.set(stream, { isTombstoned: true });
    else if (type === metadataType && isMetadataStream(stream)) {
      const about = stream.slice(2);
      if (this.#rules.get(about)?.isTombstoned) return;
      this.#rules.set(about, readMetadata(Buffer.from(fromStored({ data, metadata }).data).toString()));
    }
  }
}

export const isSoftDeleted = ({ truncateBefore }: StreamRule): boolean => truncateBefore === endOfStream;
