import { createHmac, timingSafeEqual } from 'node:crypto';

/** Not a cursor of ours, or one of another list. */
export class InvalidCursor extends Error {
  override readonly name = 'InvalidCursor';
  readonly field = 'cursor';
  constructor() {
    super('cursor: not one that this list gave out');
  }
}

/** Where a page of a list begins: behind a row, or before it. */
export interface Place {
  readonly towards: 'next' | 'prev';
  /** What the list sorts by, of that row. */
  readonly key: string | number;
  /** What was the newest when the first page was read, for lists whose rows move: all pages show that moment. */
  readonly upTo?: number;
}

const lengthLimit = 1_024;

const isKey = (value: unknown): value is string | number => typeof value === 'string' || typeof value === 'number';

const placeOf = (text: string): Place | undefined => {
  const value: unknown = JSON.parse(text);
  if (!Array.isArray(value)) return undefined;
  const [towards, key, upTo]: readonly unknown[] = value;
  if ((towards !== 'next' && towards !== 'prev') || !isKey(key)) return undefined;
  if (upTo !== undefined && typeof upTo !== 'number') return undefined;
  return { towards, key, ...(upTo !== undefined && { upTo }) };
};

/**
 * Cursors that readers can't make: base64url of JSON and an HMAC-SHA-256 (RFC 2104). The MAC covers the list's name and
 * filters too, so a cursor opens only the list that gave it out.
 */
export class Cursors {
  readonly #keys: readonly Uint8Array[];

  /** @param older those of cursors that were given out before the key was changed */
  constructor(
    private readonly key: Uint8Array,
    ...older: readonly Uint8Array[]
  ) {
    this.#keys = [key, ...older];
    if (this.#keys.some(({ length }) => length < 16)) throw new RangeError('a key for cursors has 16 bytes or more');
  }

  seal(list: readonly unknown[], { towards, key, upTo }: Place): string {
    const place = Buffer.from(JSON.stringify([towards, key, ...(upTo === undefined ? [] : [upTo])]));
    return `${place.toString('base64url')}.${this.#mac(this.key, list, place).toString('base64url')}`;
  }

  /** @throws InvalidCursor */
  open(list: readonly unknown[], cursor: string): Place {
    const [placeText = '', macText = '', ...rest] = cursor.split('.');
    if (cursor.length > lengthLimit || rest.length > 0) throw new InvalidCursor();
    const bytes = Buffer.from(placeText, 'base64url');
    const mac = Buffer.from(macText, 'base64url');
    // Decoding is lenient: only the one spelling that was given out is taken.
    const isSpelled = `${bytes.toString('base64url')}.${mac.toString('base64url')}` === cursor;
    const isFrom = (key: Uint8Array): boolean => {
      const due = this.#mac(key, list, bytes);
      return mac.length === due.length && timingSafeEqual(mac, due);
    };
    if (!isSpelled || !this.#keys.some(isFrom)) throw new InvalidCursor();
    const place = placeOf(bytes.toString('utf8'));
    if (place === undefined) throw new InvalidCursor();
    return place;
  }

  #mac(key: Uint8Array, list: readonly unknown[], place: Buffer): Buffer {
    const name = JSON.stringify(list.map((part) => part ?? null));
    return createHmac('sha256', key)
      .update(`${Buffer.byteLength(name)}:${name}`)
      .update(place)
      .digest();
  }
}
