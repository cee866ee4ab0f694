import type { AllPage, EventFilter, Position, RecordedEvent } from '../../../application/ports/event-store.js';
import type { EventReader } from './event-reader.js';
import { positionOf } from './position.js';

const pageEvents = 1_000;

/** The newest events in memory: read once for all subscriptions, instead of once for each. */
export class TailCache {
  /** All behind `#start`. */
  readonly #events: RecordedEvent[] = [];
  #start: Position;
  #isStale = true;

  constructor(private readonly reader: Pick<EventReader, 'readAll' | 'head'>) {
    this.#start = positionOf(reader.head());
  }

  /** To be told when the store may hold more. */
  expire(): void {
    this.#isStale = true;
  }

  /** Nothing for who is further behind than what is kept. */
  pageAfter(position: Position, { types }: EventFilter = {}): AllPage | undefined {
    if (position < this.#start) return undefined;
    if (this.#isStale) this.#refresh();
    if (position < this.#start) return undefined;
    const from = this.#indexAfter(position);
    const newer = this.#events.slice(from, from + pageEvents);
    const next = newer.at(-1)?.position ?? position;
    const events = types === undefined ? newer : newer.filter(({ type }) => types.includes(type));
    return { events, next, isHead: !this.#isStale && next >= this.#end };
  }

  get #end(): Position {
    return this.#events.at(-1)?.position ?? this.#start;
  }

  #refresh(): void {
    const { events, isHead } = this.reader.readAll(this.#end, {}, pageEvents);
    this.#events.push(...events);
    this.#isStale = !isHead;
    if (this.#events.length <= 2 * pageEvents) return;
    const dropped = this.#events.splice(0, this.#events.length - pageEvents);
    this.#start = dropped.at(-1)?.position ?? this.#start;
  }

  #indexAfter(position: Position): number {
    let [low, high] = [0, this.#events.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events[middle]?.position ?? position) > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
