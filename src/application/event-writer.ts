import type { DomainEvent } from '../domain/event.js';
import type { CommandContext } from './command-context.js';
import type { EventCatalogue } from './event-catalogue.js';
import type { Clock } from './ports/clock.js';
import { type Appended, type EventStore, type NewEvent, OutcomeUnknown } from './ports/event-store.js';
import type { Ids } from './ports/ids.js';
import type { StreamState } from './stream-state.js';

/** How long the store is asked again what became of an append; whoever sent the command waits meanwhile. */
const askAgainMs = 5_000;

/** Writes what was decided to the event store, and notes in the state how far it has come. */
export class EventWriter {
  constructor(
    private readonly store: Pick<EventStore, 'append'>,
    private readonly catalogue: EventCatalogue,
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {}

  /** @throws Error for an event that its own declaration refuses */
  encode(event: DomainEvent, context: CommandContext): NewEvent {
    const { commandId, correlationId, fingerprint, actor, traceparent } = context;
    const metadata = {
      correlationId,
      causationId: commandId,
      ...(fingerprint !== undefined && { fingerprint }),
      ...(actor !== undefined && { actor }),
      ...(traceparent !== undefined && { traceparent }),
    };
    return { id: this.ids.next(), ...this.catalogue.encode(event, metadata) };
  }

  /**
   * @param loaded has taken the events already, and stands at the revision before them
   * @throws WrongExpectedRevision, StoreUnavailable, OutcomeUnknown
   */
  async append(stream: string, events: readonly NewEvent[], loaded: StreamState): Promise<void> {
    const { revision, position } = await this.#append(stream, events, loaded.revision);
    loaded.revision = revision;
    loaded.position = position;
    loaded.eventId = events.at(-1)?.id ?? loaded.eventId;
    for (const { data } of events) loaded.newLength += data.length;
  }

  /** Asks again with the same ids while the store doesn't say what became of them. */
  async #append(stream: string, events: readonly NewEvent[], revision: bigint): Promise<Appended> {
    const expected = revision < 0n ? 'no-stream' : revision;
    const until = this.clock.now() + askAgainMs;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.store.append(stream, events, expected);
      } catch (error) {
        if (!(error instanceof OutcomeUnknown) || this.clock.now() >= until) throw error;
        await this.clock.sleep(10 * 2 ** attempt * (0.5 + this.clock.random()));
      }
    }
  }
}
