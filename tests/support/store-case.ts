import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import {
  beginning,
  type EventFilter,
  type EventStore,
  type NewEvent,
  type Position,
  type RecordedEvent,
} from '../../src/application/ports/event-store.js';
import { newEvent } from './temp-store.js';

/** Where an adapter keeps events; others may keep theirs there too. */
export interface StorePlace {
  /** An instance that appends; once it is closed another may be opened, which finds what the first has kept. */
  open(): Promise<EventStore>;
  /** Another instance at the same time, as another process has one. It appends too where the adapter allows several. */
  openBeside(): Promise<EventStore>;
  /** After all instances are closed. */
  dispose(): Promise<void>;
}

export const many = (count: number, type?: string): NewEvent[] => Array.from({ length: count }, () => newEvent(type));

export const idsOf = (events: readonly { readonly id: string }[]): string[] => events.map(({ id }) => id);

/** Streams that no other case uses, and what they hold: other cases may be at work on the same store. */
export class StoreCase {
  readonly #id = randomUUID();
  readonly #opened = new Set<EventStore>();
  #start: Position = beginning;

  private constructor(private readonly place: StorePlace) {}

  static async begin(place: StorePlace): Promise<{ readonly case: StoreCase; readonly store: EventStore }> {
    const begun = new StoreCase(place);
    const store = await begun.open();
    begun.#start = await store.head();
    return { case: begun, store };
  }

  /** Everything of this case lies behind it. */
  get start(): Position {
    return this.#start;
  }

  open(): Promise<EventStore> {
    return this.#keep(this.place.open());
  }

  openBeside(): Promise<EventStore> {
    return this.#keep(this.place.openBeside());
  }

  async close(store: EventStore): Promise<void> {
    this.#opened.delete(store);
    await store.close();
  }

  /** Closes an instance and opens another on what it kept. */
  async reopen(store: EventStore): Promise<EventStore> {
    await this.close(store);
    return this.open();
  }

  async end(): Promise<void> {
    // The last opened first: those beside the first go before it.
    for (const store of [...this.#opened].reverse()) await store.close();
    await this.place.dispose();
  }

  stream(name: string): string {
    return `${name}-${this.#id}`;
  }

  isOwn({ stream }: RecordedEvent): boolean {
    return stream.endsWith(this.#id);
  }

  /** The events of this case, as all streams are read page by page. */
  async all(store: EventStore, filter: EventFilter = {}, limit = 7): Promise<RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    for (let after = this.start; ; ) {
      const page = await store.readAll(after, { filter, limit });
      expect(page.events.length).to.be.at.most(limit);
      events.push(...page.events);
      if (page.isHead) break;
      expect(page.next > after, 'a page moves on').to.equal(true);
      after = page.next;
    }
    expectIncreasing(events);
    return events.filter((event) => this.isOwn(event));
  }

  async #keep(opening: Promise<EventStore>): Promise<EventStore> {
    const store = await opening;
    this.#opened.add(store);
    return store;
  }
}

/** All that a position promises, besides being opaque. */
export const expectIncreasing = (events: readonly RecordedEvent[]): void => {
  for (const [index, { position }] of events.entries()) {
    const before = events[index - 1];
    if (before !== undefined)
      expect(position > before.position, `${position} behind ${before.position}`).to.equal(true);
  }
};
