import {
  type AllPage,
  type Appended,
  beginning,
  type EventFilter,
  type ExpectedRevision,
  type NewEvent,
  type Position,
  type RecordedEvent,
  WrongExpectedRevision,
} from '../../src/application/ports/event-store.js';
import type { ParkedEvent, SkippedEvent } from '../../src/application/ports/park.js';
import type { Snapshot } from '../../src/application/ports/snapshots.js';
import type { HttpResponse } from '../../src/infrastructure/http/frame/wire.js';
import { EmbeddedViewStore } from '../../src/infrastructure/views/embedded/embedded-view-store.js';
import type { Chance } from './chance.js';

/** The events as they are on the disk: what is here was appended, what isn't was not. */
export class DurableLog {
  readonly all: RecordedEvent[] = [];
  readonly #streams = new Map<string, RecordedEvent[]>();
  #sequence = 0;
  /** Hears of each event once it is durable. */
  onAppended: (event: RecordedEvent) => void = () => undefined;

  constructor(private readonly chance: Chance) {}

  append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision, at: number): Appended {
    const known = this.#streams.get(stream) ?? [];
    const length = BigInt(known.length);
    const actual = length === 0n ? 'no-stream' : length - 1n;
    if (expected !== actual) return this.#repeated(stream, events, expected, actual);
    for (const event of events) {
      // Positions grow, and have gaps.
      this.#sequence += this.chance.between(1, 5);
      const position = positionAt(this.#sequence);
      const stored = { ...event, stream, revision: BigInt(known.length), position, recordedAt: at };
      known.push(stored);
      this.all.push(stored);
      this.#streams.set(stream, known);
      this.onAppended(stored);
    }
    return lastOf(known);
  }

  of(stream: string): readonly RecordedEvent[] {
    return this.#streams.get(stream) ?? [];
  }

  head(): Position {
    return this.all.at(-1)?.position ?? beginning;
  }

  readAll(after: Position, { types }: EventFilter = {}, limit = 1_000): AllPage {
    const events: RecordedEvent[] = [];
    for (let index = this.#indexBehind(after); index < this.all.length; index++) {
      const event = this.all[index];
      if (event === undefined) break;
      if (types?.includes(event.type) === false) continue;
      if (events.length === limit) return { events, next: events.at(-1)?.position ?? after, isHead: false };
      events.push(event);
    }
    const head = this.head();
    return { events, next: head > after ? head : after, isHead: true };
  }

  /** Events of all streams behind a position. */
  behind(after: Position): readonly RecordedEvent[] {
    return this.all.slice(this.#indexBehind(after));
  }

  #indexBehind(after: Position): number {
    let [low, high] = [0, this.all.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.all[middle]?.position ?? after) > after) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #repeated(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
    actual: ExpectedRevision,
  ): Appended {
    const first = expected === 'no-stream' ? 0 : Number(expected) + 1;
    const there = this.of(stream).slice(first, first + events.length);
    const isSame = there.length === events.length && there.every(({ id }, index) => id === events[index]?.id);
    if (!isSame) throw new WrongExpectedRevision(stream, expected, actual);
    return lastOf(there);
  }
}

const positionAt = (sequence: number): Position => String(sequence).padStart(12, '0') as Position;

const lastOf = (events: readonly RecordedEvent[]): Appended => {
  const last = events.at(-1);
  if (last === undefined) throw new RangeError('an append has one event at least');
  return { revision: last.revision, position: last.position };
};

/** An idempotency key: the request that it belongs to, who runs it until when, and what was said. */
export interface DurableKey {
  readonly fingerprint: string;
  readonly token: string;
  /** In the scheduler's time: the store has a clock of its own. */
  readonly leaseEndsAt: number;
  readonly response?: HttpResponse;
}

/** A lease as its store keeps it; the store's clock is that of the run. */
export interface DurableLease {
  readonly token: number;
  /** Milliseconds since the run's begin. */
  expiresAt: number;
  checkpoint: string;
}

/** All that outlives the processes. The views' guard is the real store's, on a database in memory. */
export class Durable {
  readonly log: DurableLog;
  views = EmbeddedViewStore.inMemory();
  readonly idempotencyKeys = new Map<string, DurableKey>();
  /** On idempotency keys; in some runs shorter than requests take, so that two processes run one at once. */
  readonly leaseMs: number;
  readonly snapshots = new Map<string, Snapshot>();
  /** Saved positions of the feed by `<group>/<partition>`. */
  readonly positions = new Map<string, Position>();
  readonly leases = new Map<string, DurableLease>();
  readonly parked = new Map<string, ParkedEvent>();
  readonly skipped: SkippedEvent[] = [];

  constructor(chance: Chance) {
    this.log = new DurableLog(chance);
    this.leaseMs = chance.one([20, 5_000, 60_000]);
  }

  async loseViews(): Promise<void> {
    const lost = this.views;
    this.views = EmbeddedViewStore.inMemory();
    await lost.close();
  }

  close(): Promise<void> {
    return this.views.close();
  }
}
