import { createHash } from 'node:crypto';

/** The first 16 bytes as a UUID of our own making (version 8, RFC 9562). */
export const uuidOf = (bytes: Uint8Array): string => {
  const id = Buffer.from(bytes.subarray(0, 16));
  id[6] = ((id[6] ?? 0) & 0x0f) | 0x80;
  id[8] = ((id[8] ?? 0) & 0x3f) | 0x80;
  const hex = id.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};

/** A UUID that follows from its parts: the same parts give the same id on any instance. */
export const derivedId = (...parts: readonly string[]): string =>
  uuidOf(createHash('sha256').update(JSON.stringify(parts)).digest());
