import { randomFillSync } from 'node:crypto';
import { holdsCardNumber } from '../input/card-number-scan.js';

/** W3C Trace Context of one request. */
export interface Trace {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** What we hand on: the sender's trace, with a span of our own. */
  readonly traceparent: string;
}

const pattern = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(?:-.*)?$/;

const pool = Buffer.alloc(24 * 256);
let used = pool.length;

/** Random hexadecimal digits; the pool saves a call to the system for each. */
const randomHex = (bytes: number): string => {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString('hex', used - bytes, used);
};

/**
 * Goes on with the sender's trace, or begins one where there is none that is valid (W3C Trace Context, section 3.2). An
 * id that reads like a card number is not taken over: it would be kept with the events.
 */
export const beginTrace = (traceparent: string | undefined): Trace => {
  const match = traceparent === undefined || traceparent.length > 128 ? null : pattern.exec(traceparent);
  const given = match?.[1];
  const traceId = given === undefined || holdsCardNumber(given) ? randomHex(16) : given;
  const flags = match?.[2] === '01' ? '01' : '00';
  return { traceId, traceparent: `00-${traceId}-${randomHex(8)}-${flags}` };
};
