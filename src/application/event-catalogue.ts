import type { DomainEvent, EventType, EventTypes } from '../domain/event.js';
import type { EventMetadata, NewEvent, RecordedEvent } from './ports/event-store.js';

const versionMember = '{"schemaVersion":';

/** Version of the schema that an event's payload was written with. */
export const schemaVersionOf = ({ metadata }: Pick<RecordedEvent, 'metadata'>): number =>
  metadata.startsWith(versionMember) ? Number.parseInt(metadata.slice(versionMember.length), 10) : 1;

type Encoded = Pick<NewEvent, 'type' | 'data' | 'metadata'>;

/** A stored event that this build can't read: its type is unknown, newer, or its payload doesn't fit. */
export class UnreadableEvent extends Error {
  override readonly name = 'UnreadableEvent';
  constructor(
    readonly event: Pick<RecordedEvent, 'stream' | 'revision' | 'type' | 'metadata'>,
    reason: string,
  ) {
    super(`${event.type} v${schemaVersionOf(event)} at ${event.stream}@${event.revision}: ${reason}`);
  }
}

/** Every event type of the platform, and the way between a stored event and the domain's. */
export class EventCatalogue {
  readonly #types = new Map<string, EventType<unknown>>();

  /** @throws Error when two tables declare one name, or an older version has no upcaster */
  constructor(...tables: readonly EventTypes[]) {
    for (const [name, type] of tables.flatMap((table) => Object.entries(table))) {
      if (this.#types.has(name)) throw new Error(`event type ${name} is declared twice`);
      for (let version = 1; version < type.version; version++) {
        if (type.upcasts[version] === undefined) throw new Error(`${name} has no upcaster from version ${version}`);
      }
      this.#types.set(name, type);
    }
  }

  get types(): ReadonlyMap<string, EventType<unknown>> {
    return this.#types;
  }

  /** @throws Error for an event that its own declaration refuses: a fault of the decider */
  encode(event: DomainEvent, metadata: Omit<EventMetadata, 'schemaVersion'>): Encoded {
    const type = this.#types.get(event.type);
    if (type === undefined) throw new Error(`event type ${event.type} is not declared`);
    const problem = type.data.check(event.data, event.type);
    if (problem !== undefined) throw new Error(problem);
    const versioned = type.version === 1 ? metadata : { schemaVersion: type.version, ...metadata };
    return { type: event.type, data: JSON.stringify(event.data), metadata: JSON.stringify(versioned) };
  }

  /** @throws UnreadableEvent */
  decode(stored: Pick<RecordedEvent, 'stream' | 'revision'> & Encoded): DomainEvent {
    const type = this.#types.get(stored.type);
    if (type === undefined) throw new UnreadableEvent(stored, 'unknown type');
    const written = schemaVersionOf(stored);
    if (written > type.version) throw new UnreadableEvent(stored, `newer than version ${type.version}`);
    let data: unknown;
    try {
      data = JSON.parse(stored.data);
      for (let version = written; version < type.version; version++) data = type.upcasts[version]?.(data);
    } catch (cause) {
      throw new UnreadableEvent(stored, cause instanceof Error ? cause.message : String(cause));
    }
    const problem = type.data.check(data, stored.type);
    if (problem !== undefined) throw new UnreadableEvent(stored, problem);
    return { type: stored.type, data };
  }
}
