import type { EventStore, Position, RecordedEvent } from '../../../application/ports/event-store.js';
import { streamDeleted } from './refusals.js';
import { isMetadataStream, isSoftDeleted, type StreamRules } from './stream-rules.js';
import { logPositionOf, positionAt } from './wire-messages.js';

const pageLength = 1024 * 1024;
const smallestPage = 4;
const largestPage = 1_000;

/** How many events the next page may have, so that few are held in memory where they are large. */
class PageSize {
  events = smallestPage;

  fit(page: readonly RecordedEvent[]): void {
    const length = page.reduce((sum, { data, metadata }) => sum + data.length + metadata.length, 0);
    if (length > pageLength) this.events = Math.max(smallestPage, Math.floor(this.events / 4));
    else if (length < pageLength / 4) this.events = Math.min(largestPage, this.events * 2);
  }
}

export type Direction = 'forwards' | 'backwards';

/** Events of one stream or of all, page by page up to where they end now. */
export class EventSources {
  constructor(
    private readonly store: EventStore,
    private readonly rules: StreamRules,
  ) {}

  /** All events from a position on, itself included; backwards those before it. Without one from the first, or the last. */
  async *all(direction: Direction, from: bigint | undefined): AsyncGenerator<readonly RecordedEvent[], void, void> {
    const size = new PageSize();
    if (direction === 'forwards') {
      for (let after = positionAt((from ?? 0n) - 1n); ; ) {
        const page = await this.store.readAll(after, { limit: size.events });
        yield page.events;
        if (page.isHead) return;
        after = page.next;
        size.fit(page.events);
      }
    }
    const head = BigInt(logPositionOf(await this.store.head()));
    // The rows of the engine have no holes.
    for (let last = from === undefined || from > head ? head : from - 1n; last > 0n; ) {
      const first = last > BigInt(size.events) ? last - BigInt(size.events) : 0n;
      const { events } = await this.store.readAll(positionAt(first), { limit: Number(last - first) });
      yield [...events].reverse();
      last = first;
      size.fit(events);
    }
  }

  /**
   * What the stream shows of itself, by its metadata.
   * @returns nothing where there is no such stream
   * @throws Refusal where it is tombstoned
   */
  async stream(
    stream: string,
    direction: Direction,
    from: bigint | undefined,
  ): Promise<AsyncGenerator<readonly RecordedEvent[], void, void> | undefined> {
    const rule = this.rules.of(stream);
    if (rule.isTombstoned) throw streamDeleted(stream);
    if (isSoftDeleted(rule) && !isMetadataStream(stream)) return undefined;
    const [last] = await this.store.read(stream, { direction: 'backwards', limit: 1 });
    if (last === undefined) return undefined;
    const kept = rule.maxCount === undefined ? 0n : last.revision + 1n - rule.maxCount;
    const first = [0n, rule.truncateBefore ?? 0n, kept].reduce((most, one) => (one > most ? one : most));
    const oldest = rule.maxAgeMs === undefined ? 0 : Date.now() - rule.maxAgeMs;
    return this.#pages(stream, direction, from, first, oldest);
  }

  async *#pages(
    stream: string,
    direction: Direction,
    from: bigint | undefined,
    first: bigint,
    oldest: number,
  ): AsyncGenerator<readonly RecordedEvent[], void, void> {
    const size = new PageSize();
    const isForwards = direction === 'forwards';
    let next = isForwards && (from ?? 0n) < first ? first : from;
    for (;;) {
      const page = await this.store.read(stream, {
        direction,
        limit: size.events,
        ...(next !== undefined && { from: next }),
      });
      yield page.filter(({ revision, recordedAt }) => revision >= first && recordedAt >= oldest);
      const end = page.at(-1);
      if (end === undefined || page.length < size.events || (!isForwards && end.revision <= first)) return;
      next = end.revision + (isForwards ? 1n : -1n);
      size.fit(page);
    }
  }

  /** Up to where all events stand now. */
  head(): Promise<Position> {
    return this.store.head();
  }
}
