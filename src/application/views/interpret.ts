import type { Fact, Projection } from '../../projections/projection.js';
import type { EventCatalogue } from '../event-catalogue.js';
import type { StoredEvent } from '../ports/event-store.js';
import type { AppliedEvent } from '../ports/views.js';

/** Types of events that a projection wants. */
export const typesOf = (projection: Projection): readonly string[] => Object.keys(projection.handlers);

/** A stored event with its payload; what else it says is parsed only for those who ask. */
class StoredFact<Data> implements Fact<Data> {
  constructor(
    private readonly stored: StoredEvent,
    readonly data: Data,
  ) {}

  get id(): string {
    return this.stored.id;
  }

  get type(): string {
    return this.stored.type;
  }

  get stream(): string {
    return this.stored.stream;
  }

  get revision(): bigint {
    return this.stored.revision;
  }

  get position(): string {
    return this.stored.position;
  }

  get recordedAt(): number {
    return this.stored.recordedAt;
  }

  get correlationId(): string {
    const { correlationId } = JSON.parse(this.stored.metadata);
    return typeof correlationId === 'string' ? correlationId : '';
  }
}

/**
 * The changes that a stored event makes in a projection.
 * @throws UnreadableEvent, or what the projection's handler throws
 */
export const interpret = (catalogue: EventCatalogue, projection: Projection, stored: StoredEvent): AppliedEvent => {
  const handler = projection.handlers[stored.type];
  if (handler === undefined) return { position: stored.position, changes: [] };
  const { data } = catalogue.decode(stored);
  // The catalogue has checked that the payload is the one which this type's handler takes.
  return { position: stored.position, changes: handler(new StoredFact(stored, data as never)) };
};
