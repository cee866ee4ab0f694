/**
 * Where an event stands in the order of the whole store. Opaque: compare two of one store with `<`, promise no more
 * (increasing and unique, not dense).
 */
export type Position = string & { readonly brand: 'Position' };

/** Before the first event of any store. */
export const beginning = '' as Position;

/** Who asked, through which command, in whose name: never personal data. */
export interface EventMetadata {
  /** Of the payload, where it isn't 1; the first member then, so that it is read without parsing the rest. */
  readonly schemaVersion?: number;
  /** The same for all that one request set off. */
  readonly correlationId: string;
  /** Id of the command or event that caused this event. */
  readonly causationId: string;
  /** Keyed hash of the content of the request behind the command. */
  readonly fingerprint?: string;
  readonly actor?: string;
  /** W3C Trace Context of the request. */
  readonly traceparent?: string;
}

/** An event on its way into the store: payload and metadata are JSON text, kept byte for byte. */
export interface NewEvent {
  /** UUID; the same event appended twice at the same revision is stored once. */
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
}

/** What an event adds to the bytes of an append, as EventStoreDB counts them. */
export const appendBytesOf = ({ type, data, metadata }: NewEvent): number =>
  Buffer.byteLength(data) + Buffer.byteLength(metadata) + 2 * type.length;

export interface RecordedEvent extends NewEvent {
  readonly stream: string;
  /** From 0 up, without holes, in its stream. */
  readonly revision: bigint;
  readonly position: Position;
  /** Milliseconds since the epoch, by the store's clock. Tells when, never the order. */
  readonly recordedAt: number;
}

/** The revision of the last event that the writer knows, or that the stream must not exist. */
export type ExpectedRevision = bigint | 'no-stream';

/** Where the last event of an append stands, as reads give it. */
export interface Appended {
  readonly revision: bigint;
  readonly position: Position;
}

export interface EventFilter {
  /** All when left out. */
  readonly types?: readonly string[];
}

export interface AllPage {
  readonly events: readonly RecordedEvent[];
  /** Where the next page begins: past all that was looked at, also what the filter left out. */
  readonly next: Position;
  /** Whether the page reached the head of the store. */
  readonly isHead: boolean;
}

/** The truth. An event is named by its stream and revision. Every adapter passes `tests/contract/event-store.contract.ts`. */
export interface EventStore {
  /** Bytes that one append may have by `appendBytesOf`; any number where it is left out. */
  readonly maxAppendBytes?: number;
  /**
   * Appends all or nothing and answers when it is durable. Appending the same ids again after the same expected
   * revision gives the first answer again.
   * @throws WrongExpectedRevision, StoreUnavailable (nothing was kept), OutcomeUnknown (it may have been kept), RangeError
   * (nothing to append, or more than `maxAppendBytes`)
   */
  append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended>;
  /**
   * `limit` events of a stream, in revision order from `from`, or backwards from it: fewer only where the stream ends,
   * none if there is no such stream.
   */
  read(stream: string, options?: ReadOptions): Promise<readonly RecordedEvent[]>;
  /** Up to `limit` events of all streams behind a position, in the order of their positions. */
  readAll(after: Position, options?: { readonly filter?: EventFilter; readonly limit?: number }): Promise<AllPage>;
  /**
   * All behind a position, then what comes, page by page as the reader takes them: nothing is read ahead for a slow one.
   * A page may be empty where the filter left all out. Ends with the signal.
   */
  subscribe(
    after: Position,
    options: { readonly filter?: EventFilter; readonly signal: AbortSignal },
  ): AsyncIterable<AllPage>;
  /** Position of the last event. */
  head(): Promise<Position>;
  close(): Promise<void>;
}

export interface ReadOptions {
  readonly from?: bigint;
  readonly direction?: 'forwards' | 'backwards';
  /** 1,000 unless told otherwise. */
  readonly limit?: number;
}

export class WrongExpectedRevision extends Error {
  override readonly name = 'WrongExpectedRevision';
  constructor(
    readonly stream: string,
    readonly expected: ExpectedRevision,
    readonly actual: ExpectedRevision,
  ) {
    super(`${stream} is at ${actual}, not at ${expected}`);
  }
}

/** The store can't take it now, and nothing was kept. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** The store didn't say whether it kept the events: ask again with the same ids. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
}
