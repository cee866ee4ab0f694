import { hash } from 'node:crypto';

/** 32 hexadecimal digits or more as a UUID of our own making (version 8, RFC 9562). */
const uuidOfHex = (hex: string): string => {
  const variant = '89ab'[Number.parseInt(hex.charAt(16), 16) & 3];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

/** The first 16 bytes as such a UUID. */
export const uuidOf = (bytes: Uint8Array): string => uuidOfHex(Buffer.from(bytes.subarray(0, 16)).toString('hex'));

/** A UUID that follows from its parts: the same parts give the same id on any instance. */
export const derivedId = (...parts: readonly string[]): string =>
  uuidOfHex(hash('sha256', JSON.stringify(parts), 'hex'));
