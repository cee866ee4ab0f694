import type { Fact, Projection } from '../../projections/projection.js';
import type { EventCatalogue } from '../event-catalogue.js';
import type { StoredEvent } from '../ports/event-store.js';
import type { AppliedEvent } from '../ports/views.js';

/** Types of events that a projection wants. */
export const typesOf = (projection: Projection): readonly string[] => Object.keys(projection.handlers);

const correlationOf = (metadata: string): string => {
  const { correlationId } = JSON.parse(metadata);
  return typeof correlationId === 'string' ? correlationId : '';
};

/**
 * The changes that a stored event makes in a projection.
 * @throws UnreadableEvent, or what the projection's handler throws
 */
export const interpret = (catalogue: EventCatalogue, projection: Projection, stored: StoredEvent): AppliedEvent => {
  const handler = projection.handlers[stored.type];
  if (handler === undefined) return { position: stored.position, changes: [] };
  const { data } = catalogue.decode(stored);
  const { id, type, stream, revision, position, recordedAt, metadata } = stored;
  const fact: Fact<unknown> = {
    id,
    type,
    stream,
    revision,
    position,
    recordedAt,
    correlationId: correlationOf(metadata),
    data,
  };
  // The catalogue has checked that the payload is the one which this type's handler takes.
  return { position, changes: handler(fact as Fact<never>) };
};
