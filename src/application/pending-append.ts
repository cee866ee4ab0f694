import { appendBytesOf, type NewEvent } from './ports/event-store.js';

/** Events of several commands that go into one append, up to the bytes that a store takes. */
export class PendingAppend {
  readonly events: NewEvent[] = [];
  #bytes = 0;

  constructor(private readonly maxBytes: number | undefined) {}

  /** @returns whether all of them have room; they stay out otherwise. What is first has: the store may refuse it. */
  add(events: readonly NewEvent[]): boolean {
    if (this.maxBytes !== undefined) {
      const bytes = this.#bytes + events.reduce((sum, event) => sum + appendBytesOf(event), 0);
      if (bytes > this.maxBytes && this.events.length > 0) return false;
      this.#bytes = bytes;
    }
    this.events.push(...events);
    return true;
  }
}
