import type { DecodedEvent, Projection, View } from '../../projections/projection.js';
import type { EventCatalogue } from '../event-catalogue.js';
import type { RecordedEvent } from '../ports/event-store.js';
import type { AppliedEvent } from '../ports/views.js';

/** How a view's documents follow from events. */
export interface ViewBuilder {
  readonly view: View;
  /** Types of events that it wants. */
  readonly types: readonly string[];
  /** Between two batches, in milliseconds: what comes meanwhile is projected together. At once when left out. */
  readonly restMs?: number;
  /**
   * The changes that consecutive events of a partition make, in their order; may read what it needs for them.
   * @throws what is wrong with an event, or an error of the moment (`isTransient`): then it is tried again
   */
  project(events: readonly RecordedEvent[]): Promise<readonly AppliedEvent[]> | readonly AppliedEvent[];
}

/** Changes by the pure handlers of a projection. */
export const viewBuilderOf = (catalogue: EventCatalogue, projection: Projection): ViewBuilder => ({
  view: projection,
  types: Object.keys(projection.handlers),
  project: (events) => events.map((event) => projectEvent(catalogue, projection, event)),
});

/** A stored event with its payload; what else it says is parsed only for those who ask. */
class LazilyDecodedEvent<Data> implements DecodedEvent<Data> {
  constructor(
    private readonly stored: RecordedEvent,
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
export const projectEvent = (
  catalogue: EventCatalogue,
  projection: Projection,
  stored: RecordedEvent,
): AppliedEvent => {
  const handler = projection.handlers[stored.type];
  if (handler === undefined) return { position: stored.position, changes: [] };
  const { data } = catalogue.decode(stored);
  // The catalogue has checked that the payload is the one which this type's handler takes.
  return { position: stored.position, changes: handler(new LazilyDecodedEvent(stored, data as never)) };
};
