import type { IHeaders, Message } from 'kafkajs';
import type { Position, RecordedEvent } from '../../../application/ports/event-store.js';

const source = 'boxoffice';

const memberOf = (metadata: string, name: string): string | undefined => {
  const value: unknown = JSON.parse(metadata)[name];
  return typeof value === 'string' ? value : undefined;
};

/** An extension of CloudEvents, where the metadata has it. */
const extension = (name: string, value: string | undefined): Record<string, string> =>
  value === undefined ? {} : { [name]: value };

/** CloudEvents 1.0 in the binary mode of its Kafka binding; the value is the event's data, byte for byte. */
export const toMessage = (event: RecordedEvent): Message => ({
  key: event.stream,
  value: event.data,
  headers: {
    ce_specversion: '1.0',
    ce_id: event.id,
    ce_type: event.type,
    ce_source: source,
    ce_subject: event.stream,
    ce_time: new Date(event.recordedAt).toISOString(),
    ce_revision: `${event.revision}`,
    ce_position: event.position,
    ce_partitionkey: event.stream,
    ...extension('ce_correlationid', memberOf(event.metadata, 'correlationId')),
    ...extension('ce_causationid', memberOf(event.metadata, 'causationId')),
    ...extension('ce_traceparent', memberOf(event.metadata, 'traceparent')),
    'content-type': 'application/json',
    'boxoffice-metadata': event.metadata,
  },
});

/** @throws Error naming what an event must have and this message hasn't */
export const fromMessage = ({ value, headers = {} }: { value: Buffer | null; headers?: IHeaders }): RecordedEvent => {
  const header = (name: string): string => {
    const found = headers[name];
    if (found === undefined || Array.isArray(found)) throw new Error(`the message has no header ${name}`);
    return found.toString();
  };
  if (value === null) throw new Error('the message has no value');
  const recordedAt = Date.parse(header('ce_time'));
  if (Number.isNaN(recordedAt)) throw new Error(`ce_time is no time: ${header('ce_time')}`);
  return {
    id: header('ce_id'),
    type: header('ce_type'),
    stream: header('ce_subject'),
    revision: BigInt(header('ce_revision')),
    position: header('ce_position') as Position,
    recordedAt,
    data: value.toString(),
    metadata: header('boxoffice-metadata'),
  };
};
