import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import { backoffMs } from '../../../application/feed/backoff.js';
import type { Position, RecordedEvent } from '../../../application/ports/event-store.js';
import { fromMessage } from './cloud-event.js';
import { within } from './deadline.js';
import type { Place } from './group-offsets.js';
import type { ReaderParts } from './reader-parts.js';
import { untilDone } from './until-done.js';

/** What a partition's reading needs of its consumer. */
export interface Flow {
  pause(): void;
  resume(): void;
  /** The next message that is fetched. */
  seek(offset: bigint): void;
  /** Moves the group in the broker: everything before the offset was taken, or is no message. */
  commit(offset: bigint, position: Position): Promise<void>;
  /** The group has put this member out. */
  expelled(): void;
}

interface Read {
  readonly offset: bigint;
  /** Or why it is none. */
  readonly event: RecordedEvent | Error;
}

const acknowledgeMs = 3_000;

/** Errors of a member that is none any more. */
const expulsions = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION']);

const isExpulsion = (cause: unknown): boolean =>
  cause instanceof Error && 'type' in cause && expulsions.has(String(cause.type));

/** A partition between its assignment to this process and its loss; each assignment makes a new one. */
export class OwnedPartition {
  /** Time of the oldest event of the batch that is under way or failing. */
  oldestAt: number | undefined;
  /** Everything of the partition up to here was taken by the group. */
  #after: Position | undefined;
  /** Offset of the message that comes next. */
  #next = 0n;
  #isOpen = false;
  #failures = 0;
  #assigning: Promise<void> | undefined;
  #isReaderTold = false;

  constructor(
    readonly partition: number,
    private readonly parts: ReaderParts,
    private readonly flow: Flow,
    /** From then on nothing is acknowledged. */
    private readonly lost: AbortSignal,
  ) {}

  /**
   * Opens the partition where the group is. Where nobody knows the position of the event before, its message is read
   * first, or the first one that is left behind it.
   */
  async open({ position, next, low }: Place): Promise<void> {
    if (this.lost.aborted) return;
    if (next < low) this.#tellGone(next, low);
    if (position === undefined) {
      this.#next = next > low ? next - 1n : low;
      this.flow.seek(this.#next);
      this.flow.resume();
    } else {
      this.#next = next;
      await this.#assign(position);
    }
  }

  /** Takes effect of the messages that are new, then moves the group's position. */
  async take(payload: EachBatchPayload): Promise<void> {
    const { batch, heartbeat } = payload;
    const read = batch.messages.map((message) => this.#read(message));
    const [first] = read;
    if (first === undefined) return;
    // Marks of transactions take offsets too, and are given to nobody.
    const begins = BigInt(batch.firstOffset() ?? first.offset);
    if (this.#isOpen && begins > this.#next) {
      this.#tellGone(this.#next, begins);
      this.#isOpen = false;
      this.#revoke();
    }
    if (!this.#isOpen) this.#begin(read, payload);
    else if (await this.#handle(this.#fresh(read), heartbeat)) await this.#acknowledge(read, payload);
  }

  /**
   * Goes past offsets that hold nothing for readers: marks of transactions, and messages of those that were given up. A
   * commit that fails is made up for by the next.
   */
  pass(first: bigint, last: bigint): void {
    if (!this.#isOpen || this.lost.aborted || first > this.#next || this.#after === undefined) return;
    this.#next = last + 1n;
    this.flow.commit(this.#next, this.#after).catch((cause: unknown) => this.parts.tell(cause, 1));
  }

  /** Tells the reader that it is lost: at once, unless it gets ready for it just now. */
  revoke(): Promise<void> {
    if (this.#assigning !== undefined) return this.#assigning.then(() => this.#revoke());
    this.#revoke();
    return Promise.resolve();
  }

  get #name(): string {
    return `${this.parts.topic}/${this.partition}`;
  }

  #tell(what: string): void {
    this.parts.tell(new Error(what), 1);
  }

  #tellGone(from: bigint, next: bigint): void {
    this.#tell(`${this.#name} has lost its messages from ${from} up to ${next}: their events are in the store only`);
  }

  /** They came from elsewhere: an event is in the store, and no reader waits for what isn't. */
  #tellOfBytes(read: readonly Read[]): void {
    for (const { event } of read) if (event instanceof Error) this.parts.tell(event, 1);
  }

  #revoke(): void {
    if (!this.#isReaderTold) return;
    this.#isReaderTold = false;
    this.parts.reader.revoked?.(this.partition);
  }

  /** The first event is the one before those that the reader gets. */
  #begin(read: readonly Read[], { batch, resolveOffset }: EachBatchPayload): void {
    const lead = read.find(({ event }) => !(event instanceof Error)) ?? read.at(-1);
    if (lead === undefined) return;
    this.#tellOfBytes(read.filter(({ offset }) => offset <= lead.offset));
    resolveOffset(`${lead.offset}`);
    this.#next = (lead === read.at(-1) ? BigInt(batch.lastOffset()) : lead.offset) + 1n;
    if (lead.event instanceof Error) return;
    const { position } = lead.event;
    this.flow.pause();
    void this.#assign(this.#after !== undefined && this.#after > position ? this.#after : position);
  }

  async #assign(after: Position): Promise<void> {
    this.#after = after;
    const { reader } = this.parts;
    const getReady = async (): Promise<void> => {
      this.#isReaderTold = true;
      await reader.assigned?.(this.partition, after);
    };
    this.#assigning = untilDone(this.parts, this.lost, getReady);
    await this.#assigning;
    this.#assigning = undefined;
    if (this.lost.aborted) return;
    this.#isOpen = true;
    this.flow.resume();
  }

  #read(message: KafkaMessage): Read {
    const offset = BigInt(message.offset);
    try {
      return { offset, event: fromMessage(message) };
    } catch (cause) {
      return { offset, event: new Error(`${this.#name}@${offset} is no event`, { cause }) };
    }
  }

  /** Without what was published again. */
  #fresh(read: readonly Read[]): readonly RecordedEvent[] {
    let last = this.#after;
    return read.flatMap(({ event }) => {
      if (event instanceof Error || (last !== undefined && event.position <= last)) return [];
      last = event.position;
      return [event];
    });
  }

  /** @returns whether it took effect; if not, the same messages come again after a wait */
  async #handle(fresh: readonly RecordedEvent[], heartbeat: () => Promise<void>): Promise<boolean> {
    const upTo = fresh.at(-1)?.position;
    if (upTo === undefined || this.#after === undefined) return true;
    const { reader, sessionMs } = this.parts;
    const { types } = reader;
    const events = types === undefined ? fresh : fresh.filter(({ type }) => types.includes(type));
    this.oldestAt = fresh[0]?.recordedAt;
    const beating = setInterval(() => void heartbeat().catch((cause) => this.#missedBeat(cause)), sessionMs / 10);
    try {
      await reader.handle({ partition: this.partition, after: this.#after, events, upTo });
    } catch (cause) {
      this.#tryAgain(cause);
      return false;
    } finally {
      clearInterval(beating);
    }
    this.#after = upTo;
    this.#failures = 0;
    this.oldestAt = undefined;
    return true;
  }

  #missedBeat(cause: unknown): void {
    if (isExpulsion(cause)) this.flow.expelled();
  }

  /** Meanwhile the reader's other partitions are read, and the group hears of this member. */
  #tryAgain(cause: unknown): void {
    const { tell, clock, wait } = this.parts;
    tell(cause, this.#failures + 1);
    if (this.lost.aborted) return;
    this.flow.pause();
    const waited = clock.sleep(backoffMs(wait, this.#failures++, clock.random()), this.lost);
    void waited.then(() => {
      if (!this.lost.aborted) this.flow.resume();
    });
  }

  /**
   * A commit names the generation of the assignment, so the broker refuses it once the group has moved on; one of an
   * earlier assignment is refused here, since kafkajs would send it in the name of the later one.
   */
  async #acknowledge(
    read: readonly Read[],
    { batch, resolveOffset, commitOffsetsIfNecessary }: EachBatchPayload,
  ): Promise<void> {
    const last = read.at(-1)?.offset;
    if (last === undefined) return;
    const next = BigInt(batch.lastOffset()) + 1n;
    const { topic } = this.parts;
    if (this.lost.aborted) {
      this.#tell(`${this.#name} was given away while its batch was under way: its events come again`);
      return;
    }
    this.#tellOfBytes(read);
    const committed = { partition: this.partition, offset: `${next}`, metadata: this.#after };
    const commit = commitOffsetsIfNecessary({ topics: [{ topic, partitions: [committed] }] });
    await within(acknowledgeMs, `the acknowledgement of ${this.#name}@${last}`, commit);
    if (this.lost.aborted) return;
    resolveOffset(`${last}`);
    this.#next = next;
  }
}
