import { schemaVersionOf } from '../application/event-catalogue.js';
import type { RecordedEvent } from '../application/ports/event-store.js';

/** A stored event for machines, as it was written: 64-bit numbers as text, the time in RFC 3339. */
export const eventEnvelope = (event: RecordedEvent) => {
  const { id, type, stream, revision, position, recordedAt, metadata, data } = event;
  return {
    id,
    type,
    version: schemaVersionOf(event),
    stream,
    revision: String(revision),
    position,
    recordedAt: new Date(recordedAt).toISOString(),
    metadata: JSON.parse(metadata) as unknown,
    data: JSON.parse(data) as unknown,
  };
};

/** A stored event as one line for people. */
export const eventLine = ({ position, recordedAt, stream, revision, type, data }: RecordedEvent): string =>
  `${position} ${new Date(recordedAt).toISOString()} ${stream}@${revision} ${type} ${data}`;
