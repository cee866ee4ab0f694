import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';
import type { Ids } from '../../application/ports/ids.js';

const idBytes = 16;
const mostOfSequence = 2 ** 32 - 1;

/** Asking the system for the random bytes of each id would cost more than all else of it. */
const pool = Buffer.alloc(idBytes * 256);
let used = pool.length;
let msecs = 0;
let seq = 0;

/** Counts on within a millisecond, and where the clock goes back (RFC 9562, section 6.2, method 1). */
const step = (random: Buffer): void => {
  const now = Date.now();
  if (now > msecs) {
    msecs = now;
    seq = random.readUInt32BE(6) >>> 1;
  } else if (seq < mostOfSequence) {
    seq += 1;
  } else {
    msecs += 1;
    seq = 0;
  }
};

export const uuidIds: Ids = {
  next: () => {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    const random = pool.subarray(used, used + idBytes);
    used += idBytes;
    step(random);
    return v7({ random, msecs, seq });
  },
};
