import { type EventCatalogue, UnreadableEvent } from '../event-catalogue.js';
import type { EventMetadata, EventStore, RecordedEvent } from '../ports/event-store.js';
import type { AnyDecider } from '../stream-state.js';

/** The end of what is looked at: up to and with a revision, or a time in milliseconds since the epoch. */
export type Moment = { readonly revision: bigint } | { readonly at: number };

export interface HistoryEntry {
  readonly event: RecordedEvent;
  readonly metadata: EventMetadata;
}

export interface StreamAudit {
  readonly history: readonly HistoryEntry[];
  /** The state at that moment; undefined where no aggregate has such streams. */
  readonly state: unknown;
  /** Why the state is that before an event which can't be read, if so. */
  readonly unreadable?: string;
}

/** The stream has not come as far as the revision that was asked for. */
export class BeyondStream extends Error {
  override readonly name = 'BeyondStream';
}

const pageSize = 1_000;

/** Tells what happened in a stream and what it came to; reads only, and causes nothing. */
export class StreamAuditor {
  readonly #deciders: ReadonlyMap<string, AnyDecider>;

  constructor(
    private readonly store: Pick<EventStore, 'read'>,
    private readonly catalogue: EventCatalogue,
    deciders: readonly AnyDecider[],
  ) {
    this.#deciders = new Map(deciders.map((decider) => [decider.category, decider]));
  }

  /**
   * History and state of a stream, up to a moment if one is given.
   * @returns undefined if there is no such stream
   * @throws BeyondStream
   */
  async show(stream: string, moment?: Moment): Promise<StreamAudit | undefined> {
    const all = await this.#read(stream);
    const head = all.at(-1)?.revision;
    if (head === undefined) return undefined;
    if (moment !== undefined && 'revision' in moment && moment.revision > head) {
      throw new BeyondStream(`${stream} has come to revision ${head} only`);
    }
    const isLater = (event: RecordedEvent): boolean => {
      if (moment === undefined) return false;
      return 'revision' in moment ? event.revision > moment.revision : event.recordedAt > moment.at;
    };
    const end = all.findIndex(isLater);
    const events = end < 0 ? all : all.slice(0, end);
    const history = events.map((event) => ({ event, metadata: JSON.parse(event.metadata) as EventMetadata }));
    return { history, ...this.#fold(stream, events) };
  }

  #fold(stream: string, events: readonly RecordedEvent[]): Pick<StreamAudit, 'state' | 'unreadable'> {
    const decider = this.#deciders.get(stream.slice(0, stream.indexOf('-')));
    if (decider === undefined) return { state: undefined };
    let state = decider.initialState();
    for (const event of events) {
      try {
        state = decider.evolve(state, this.catalogue.decode(event));
      } catch (cause) {
        if (!(cause instanceof UnreadableEvent)) throw cause;
        return { state, unreadable: cause.message };
      }
    }
    return { state };
  }

  /** The store's clock may be set back, revisions never are: what follows a later event is told to be as late. */
  async #read(stream: string): Promise<readonly RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    for (let lastAt = 0; ; ) {
      const page = await this.store.read(stream, { from: BigInt(events.length), limit: pageSize });
      for (const event of page) {
        lastAt = Math.max(lastAt, event.recordedAt);
        events.push({ ...event, recordedAt: lastAt });
      }
      if (page.length < pageSize) return events;
    }
  }
}
