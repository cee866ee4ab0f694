import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { uuidOf } from '../ids.js';
import { SealingKey } from '../sealing-key.js';

const keyBytes = 32;

/**
 * The bank's one secret. Card numbers, security codes and card ids follow from it, and tokens are sealed under it, so
 * that nothing of them has to be kept. It doesn't show itself when it is logged or turned into JSON.
 *
 * Where the key was changed, tokens are sealed under the newest and opened under all; cards follow from the oldest, as a
 * typed number doesn't tell under which key its card was issued.
 */
export class BankKey {
  /** The newest first. Node takes a key seven times faster as this than as bytes. */
  readonly #keys: readonly [KeyObject, ...KeyObject[]];
  readonly #oldest: KeyObject;
  readonly #sealing = new Map<string, SealingKey>();
  readonly #random: (size: number) => Uint8Array;

  /**
   * @param keys the newest first
   * @param random makes as many random bytes as it is asked for
   * @throws RangeError if one doesn't have 32 bytes
   */
  constructor(keys: readonly [Uint8Array, ...Uint8Array[]], random: (size: number) => Uint8Array = randomBytes) {
    const wrong = keys.find(({ length }) => length !== keyBytes);
    if (wrong !== undefined) throw new RangeError(`the bank key has ${keyBytes} bytes, not ${wrong.length}`);
    const [newest, ...older] = keys;
    this.#keys = [createSecretKey(newest), ...older.map((bytes) => createSecretKey(bytes))];
    this.#oldest = this.#keys.at(-1) ?? this.#keys[0];
    this.#random = random;
  }

  /** Decimal digits that follow from the parts, up to 18. */
  digits(length: number, purpose: string, ...parts: readonly string[]): string {
    const drawn = mac(this.#oldest, purpose, parts).readBigUInt64BE() % 10n ** BigInt(length);
    return drawn.toString().padStart(length, '0');
  }

  /** A UUID that follows from the parts. */
  id(purpose: string, ...parts: readonly string[]): string {
    return uuidOf(mac(this.#oldest, purpose, parts));
  }

  /** A UUID that no one else has. */
  newId(): string {
    return uuidOf(this.#random(16));
  }

  /** What seals texts for a purpose. */
  sealing(purpose: string): SealingKey {
    const known = this.#sealing.get(purpose);
    if (known !== undefined) return known;
    const [newest, ...older] = this.#keys;
    const own = (key: KeyObject): Uint8Array => mac(key, 'seal', [purpose]);
    const made = new SealingKey([own(newest), ...older.map(own)], this.#random);
    this.#sealing.set(purpose, made);
    return made;
  }
}

const mac = (key: KeyObject, purpose: string, parts: readonly string[]): Buffer =>
  createHmac('sha256', key)
    .update(JSON.stringify([purpose, ...parts]))
    .digest();
