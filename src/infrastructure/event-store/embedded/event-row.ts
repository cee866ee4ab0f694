import { crc32 } from 'node:zlib';
import type { RecordedEvent } from '../../../application/ports/event-store.js';
import { positionOf } from './position.js';
import { EventStoreDamaged } from './refusals.js';

/** What `eventOf` needs of a row of `event`. */
export const columns = `position, (SELECT name FROM stream WHERE number = stream_number) AS stream,
  revision, type, recorded_at, id, data, metadata, checksum`;

/** A row as a list, in the order of the columns: SQLite makes an object of each at twice the price. */
export type Row = readonly unknown[];

/** No text of them holds a NUL. */
type Checked = readonly [
  position: unknown,
  stream: unknown,
  revision: unknown,
  recordedAt: unknown,
  id: unknown,
  type: unknown,
  data: unknown,
  metadata: unknown,
];

/** CRC-32 over all that an event is stored with: SQLite checks the shape of its pages only, not what stands in them. */
export const checksumOf = (...fields: Checked): number => crc32(fields.join('\0'));

/**
 * Makes events of the rows of a file.
 * @throws EventStoreDamaged naming the position
 */
export const eventsOf =
  (file: string) =>
  (row: Row): RecordedEvent => {
    const [position, stream, revision, type, recordedAt, id, data, metadata, checksum] = row;
    if (checksum !== checksumOf(position, stream, revision, recordedAt, id, type, data, metadata)) {
      throw EventStoreDamaged.at(file, position);
    }
    return {
      id: String(id),
      type: String(type),
      data: String(data),
      metadata: String(metadata),
      stream: String(stream),
      revision: BigInt(Number(revision)),
      position: positionOf(Number(position)),
      recordedAt: Number(recordedAt),
    };
  };
