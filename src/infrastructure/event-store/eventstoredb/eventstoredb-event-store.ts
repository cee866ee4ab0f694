import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import {
  type AllPage,
  type Appended,
  appendBytesOf,
  beginning,
  type EventFilter,
  type EventStore,
  type ExpectedRevision,
  type NewEvent,
  OutcomeUnknown,
  type Position,
  type ReadOptions,
  type RecordedEvent,
  StoreUnavailable,
  WrongExpectedRevision,
} from '../../../application/ports/event-store.js';
import { ownService } from '../wire-server/own-service.js';
import { type Kept, readAppendAnswer } from './append-answer.js';
import { AppendStream } from './append-stream.js';
import { Connection } from './connection.js';
import { appendRequests, eventOf, readAllRequest, readHeadRequest, readStreamRequest } from './event-messages.js';
import { isNotLeader, isStreamDeleted, isUnsent, unavailable } from './failures.js';
import { logPositionOf } from './log-position.js';
import { Slots } from './slots.js';
import { Subscriptions } from './subscriptions.js';

export interface EventStoreDbOptions {
  /** For an append, and for each part of a read; 5 s. An append whose answer doesn't come is then looked for by reads. */
  readonly deadlineMs?: number;
  /** Appends under way at once; 64. */
  readonly maxInFlight?: number;
  /** Appends that wait for others to be answered; more are refused at once; 10,000. */
  readonly maxWaiting?: number;
  /** What the server takes in one append (its `MaxAppendSize`); 1 MiB. */
  readonly maxAppendBytes?: number;
  /** Hears why a subscription had to begin anew. */
  readonly onDisturbed?: (reason: unknown) => void;
}

const pageEvents = 1_000;
/** A page of all streams ends early when it has so many characters. */
const pageLength = 8 * 1024 * 1024;
/** As EventStoreDB counts revisions: a signed number of 64 bits. */
const largestRevision = 2n ** 63n - 1n;

/** EventStoreDB or KurrentDB, or whoever speaks their protocol, through @eventstore/db-client. */
export class EventStoreDbEventStore implements EventStore {
  readonly maxAppendBytes: number;
  readonly #connection: Connection;
  readonly #deadlineMs: number;
  readonly #slots: Slots;
  readonly #appends: AppendStream;
  readonly #subscriptions: Subscriptions;
  readonly #ended = new AbortController();

  private constructor(connection: Connection, options: EventStoreDbOptions) {
    const { deadlineMs = 5_000, maxInFlight = 64, maxWaiting = 10_000, maxAppendBytes = 1024 * 1024 } = options;
    this.maxAppendBytes = maxAppendBytes;
    this.#connection = connection;
    this.#deadlineMs = deadlineMs;
    this.#appends = new AppendStream(() => connection.appends(deadlineMs));
    this.#slots = new Slots(maxInFlight, maxWaiting, deadlineMs);
    this.#subscriptions = new Subscriptions(connection, this, { deadlineMs, onDisturbed: options.onDisturbed });
  }

  /**
   * Doesn't wait for the server: calls are refused while it is away.
   * @param url connection string, `esdb://` or `esdb+discover://`
   * @throws Error for what is no connection string
   */
  static connect(url: string, options: EventStoreDbOptions = {}): EventStoreDbEventStore {
    return new EventStoreDbEventStore(Connection.to(url), options);
  }

  async append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended> {
    if (events.length === 0) throw new RangeError(`nothing to append to ${stream}`);
    const bytes = events.reduce((sum, event) => sum + appendBytesOf(event), 0);
    if (bytes > this.maxAppendBytes) {
      throw new RangeError(`${bytes} bytes for ${stream} are more than the ${this.maxAppendBytes} of one append`);
    }
    this.#checkOpen();
    return this.#slots.run(async () => {
      const answer = await this.#send(stream, events, expected);
      return answer ?? this.#settle(stream, events, expected);
    });
  }

  async read(stream: string, options: ReadOptions = {}): Promise<readonly RecordedEvent[]> {
    const { from, direction = 'forwards', limit = pageEvents } = options;
    if (from !== undefined && (from < 0n || from > largestRevision)) throw new RangeError(`${from} is no revision`);
    try {
      return (await this.#read(readStreamRequest(stream, direction, from, limit))).events;
    } catch (error) {
      if (isStreamDeleted(error)) return [];
      throw unavailable(error);
    }
  }

  async readAll(
    after: Position,
    options: { readonly filter?: EventFilter; readonly limit?: number } = {},
  ): Promise<AllPage> {
    const { filter = {}, limit = pageEvents } = options;
    logPositionOf(after);
    try {
      // What stands at the head now is looked at by a read that comes to the end.
      const head = await this.head();
      if (head <= after) return { events: [], next: after, isHead: true };
      // A read includes where it begins.
      const request = readAllRequest(after, filter, after === beginning ? limit : limit + 1);
      const { events: found, isCut } = await this.#read(request, pageLength);
      const events = found.filter(({ position }) => position > after).slice(0, limit);
      const next = events.at(-1)?.position ?? after;
      const isWhole = events.length < limit && !isCut;
      return { events, next: isWhole && head > next ? head : next, isHead: isWhole || next >= head };
    } catch (error) {
      throw unavailable(error);
    }
  }

  subscribe(
    after: Position,
    { filter = {}, signal }: { readonly filter?: EventFilter; readonly signal: AbortSignal },
  ): AsyncIterable<AllPage> {
    logPositionOf(after);
    return this.#subscriptions.subscribe(after, filter, AbortSignal.any([signal, this.#ended.signal]));
  }

  async head(): Promise<Position> {
    try {
      const { events } = await this.#read(readHeadRequest());
      return events[0]?.position ?? beginning;
    } catch (error) {
      throw unavailable(error);
    }
  }

  /** Product and version of the server. @throws StoreUnavailable */
  async server(): Promise<string> {
    try {
      const features = await this.#connection.features(this.#deadlineMs);
      const version = features.getEventStoreServerVersion();
      const isOwn = features.getMethodsList().some((method) => method.getServiceName() === ownService);
      if (isOwn) return `own wire server (speaks EventStoreDB ${version})`;
      return `${Number.parseInt(version, 10) >= 25 ? 'KurrentDB' : 'EventStoreDB'} ${version}`;
    } catch (error) {
      throw unavailable(error);
    }
  }

  async close(): Promise<void> {
    this.#ended.abort();
    this.#appends.close();
    this.#connection.close();
  }

  /**
   * @returns nothing where the server didn't say what became of it
   * @throws WrongExpectedRevision, StoreUnavailable
   */
  async #send(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended | undefined> {
    const parts = appendRequests(stream, events, expected);
    for (let attempt = 1; ; attempt++) {
      try {
        const kept = readAppendAnswer(await this.#appends.append(parts, this.#deadlineMs), stream, expected);
        return await this.#placed(stream, events.length, kept);
      } catch (error) {
        if (error instanceof WrongExpectedRevision || error instanceof StoreUnavailable) throw error;
        // The ids make it the same append on the leader that was named.
        if (isNotLeader(error) && attempt === 1) continue;
        if (isUnsent(error)) throw unavailable(error);
        return undefined;
      }
    }
  }

  /** Asked again, a server may answer several events with the position of the first, or without one. */
  async #placed(stream: string, count: number, { revision, position }: Kept): Promise<Appended | undefined> {
    if (position !== undefined && count === 1) return { revision, position };
    const [last] = await this.read(stream, { from: revision, limit: 1 }).catch(() => []);
    return last && { revision, position: last.position };
  }

  /**
   * What became of an append without an answer: its ids stand behind the expected revision, or others do.
   * @throws WrongExpectedRevision, OutcomeUnknown while nothing stands there: it may still be on its way
   */
  async #settle(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended> {
    const from = expected === 'no-stream' ? 0n : expected + 1n;
    const found = await this.read(stream, { from, limit: events.length }).catch((cause) => {
      throw new OutcomeUnknown(`no answer to an append to ${stream}`, { cause });
    });
    const last = found.at(-1);
    if (last === undefined)
      throw new OutcomeUnknown(`no answer to an append to ${stream}, and nothing of it there yet`);
    const isKept = found.length === events.length && found.every(({ id }, index) => id === events[index]?.id);
    if (isKept) return { revision: last.revision, position: last.position };
    const [actual] = await this.read(stream, { direction: 'backwards', limit: 1 });
    throw new WrongExpectedRevision(stream, expected, actual?.revision ?? 'no-stream');
  }

  /** All that a request gives, or so much of it; each part of it has the deadline anew. */
  async #read(request: ReadReq, maxLength = Number.POSITIVE_INFINITY): Promise<Found> {
    this.#checkOpen();
    const events: RecordedEvent[] = [];
    let length = 0;
    const { call, failed } = await this.#connection.read(request, this.#deadlineMs);
    let isSilent = false;
    const silence = setTimeout(() => {
      isSilent = true;
      call.cancel();
    }, this.#deadlineMs);
    try {
      for await (const message of call as AsyncIterable<ReadResp>) {
        silence.refresh();
        const event = eventOf(message);
        if (event === undefined) continue;
        events.push(event);
        length += event.data.length + event.metadata.length;
        if (length >= maxLength) return { events, isCut: true };
      }
      return { events, isCut: false };
    } catch (error) {
      await failed(error);
      throw isSilent ? new StoreUnavailable(`no answer in ${this.#deadlineMs} ms`, { cause: error }) : error;
    } finally {
      clearTimeout(silence);
      call.cancel();
    }
  }

  #checkOpen(): void {
    if (this.#ended.signal.aborted) throw new StoreUnavailable('the event store is closed');
  }
}

interface Found {
  readonly events: readonly RecordedEvent[];
  /** There may be more. */
  readonly isCut: boolean;
}
