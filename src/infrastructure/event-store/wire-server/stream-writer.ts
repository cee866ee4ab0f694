import { randomUUID } from 'node:crypto';
import {
  type Appended,
  type EventStore,
  type ExpectedRevision,
  type NewEvent,
  WrongExpectedRevision,
} from '../../../application/ports/event-store.js';
import { streamDeleted } from './refusals.js';
import {
  endOfStream,
  isMetadataStream,
  isSoftDeleted,
  metadataStreamOf,
  metadataType,
  type StreamRules,
  tombstoneType,
} from './stream-rules.js';

/** What a client expects of a stream: it may also expect nothing, or only that the stream exists. */
export type Expectation = ExpectedRevision | 'any' | 'exists';

const systemEvent = (type: string, data: string): NewEvent => ({ id: randomUUID(), type, data, metadata: '' });

/** Appends as EventStoreDB does: expectations of its kinds, deletes, and streams that come back after one. */
export class StreamWriter {
  constructor(
    private readonly store: EventStore,
    private readonly rules: StreamRules,
    private readonly appended: () => void,
  ) {}

  /** @throws WrongExpectedRevision, Refusal, StoreUnavailable, OutcomeUnknown */
  async append(stream: string, events: readonly NewEvent[], expected: Expectation): Promise<Appended> {
    const rule = this.rules.of(stream);
    if (rule.isTombstoned) throw streamDeleted(stream);
    if (isSoftDeleted(rule)) return this.#revive(stream, events, expected);
    if (expected === 'any' || expected === 'exists') return this.#appendToLast(stream, events, expected);
    return this.#append(stream, events, expected);
  }

  /** Hides all that the stream holds; an append brings it back with what comes. */
  async softDelete(stream: string, expected: Expectation): Promise<Appended> {
    await this.#check(stream, expected);
    return this.#setMetadata(stream, endOfStream);
  }

  /** Ends the stream for good. */
  async tombstone(stream: string, expected: Expectation): Promise<Appended> {
    await this.#check(stream, expected);
    return this.#appendToLast(stream, [systemEvent(tombstoneType, '{}')], 'any');
  }

  async #append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended> {
    const answer = await this.store.append(stream, events, expected);
    for (const event of events) {
      if (event.type === tombstoneType || isMetadataStream(stream)) this.rules.take({ stream, ...event });
    }
    this.appended();
    return answer;
  }

  async #appendToLast(stream: string, events: readonly NewEvent[], expected: 'any' | 'exists'): Promise<Appended> {
    for (let last = await this.#last(stream); ; ) {
      if (expected === 'exists' && last === 'no-stream') throw new WrongExpectedRevision(stream, last, last);
      try {
        return await this.#append(stream, events, last);
      } catch (error) {
        // Others append too: one of them gets on each time.
        if (!(error instanceof WrongExpectedRevision) || error.actual === last) throw error;
        last = error.actual;
      }
    }
  }

  /** To a deleted stream: its revisions go on where they ended, and what was before stays hidden. */
  async #revive(stream: string, events: readonly NewEvent[], expected: Expectation): Promise<Appended> {
    if (expected === 'exists') throw new WrongExpectedRevision(stream, 'no-stream', 'no-stream');
    const last = expected === 'any' || expected === 'no-stream' ? await this.#last(stream) : expected;
    const answer = await this.#append(stream, events, last);
    await this.#setMetadata(stream, answer.revision - BigInt(events.length - 1));
    return answer;
  }

  #setMetadata(stream: string, truncateBefore: bigint): Promise<Appended> {
    const event = systemEvent(metadataType, `{"$tb":${truncateBefore}}`);
    return this.#appendToLast(metadataStreamOf(stream), [event], 'any');
  }

  async #check(stream: string, expected: Expectation): Promise<void> {
    if (this.rules.of(stream).isTombstoned) throw streamDeleted(stream);
    if (expected === 'any') return;
    const last = await this.#last(stream);
    const isAsExpected = expected === 'exists' ? last !== 'no-stream' : last === expected;
    if (!isAsExpected) throw new WrongExpectedRevision(stream, expected === 'exists' ? 'no-stream' : expected, last);
  }

  async #last(stream: string): Promise<ExpectedRevision> {
    const [last] = await this.store.read(stream, { direction: 'backwards', limit: 1 });
    return last?.revision ?? 'no-stream';
  }
}
