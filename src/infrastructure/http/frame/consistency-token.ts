import type { Position } from '../../../application/ports/event-store.js';
import type { PartitionPosition } from '../../../application/views/view-progress.js';
import { invalidField } from './problem.js';

export const consistencyHeader = 'Consistency-Token';

const maxLength = 1024;
const maxEntries = 16;
const positionText = /^[\x21-\x7e]{1,64}$/;

const isEntry = (value: unknown): value is readonly [number, Position] =>
  Array.isArray(value) &&
  value.length === 2 &&
  Number.isInteger(value[0]) &&
  value[0] >= 0 &&
  value[0] < 65_536 &&
  typeof value[1] === 'string' &&
  positionText.test(value[1]);

const parsed = (token: string): unknown => {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
};

/** Opaque to clients: partition and position of each stream written, as base64url of JSON. */
export const encodeConsistencyToken = (written: readonly PartitionPosition[]): string =>
  Buffer.from(JSON.stringify(written.map(({ partition, position }) => [partition, position]))).toString('base64url');

/** @throws Problem 400 naming the header */
export const decodeConsistencyToken = (token: string): readonly PartitionPosition[] => {
  const entries = token.length <= maxLength && /^[A-Za-z0-9_-]+$/.test(token) ? parsed(token) : undefined;
  if (Array.isArray(entries) && entries.length <= maxEntries && entries.every(isEntry)) {
    const written = entries.map(([partition, position]) => ({ partition, position }));
    // Only the one text that we ourselves would have written.
    if (encodeConsistencyToken(written) === token) return written;
  }
  throw invalidField('header', consistencyHeader, 'malformed', 'must be a token as an earlier answer gave it');
};
