import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { uuidOf } from '../ids.js';

const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

type SealingKeys = readonly [KeyObject, ...KeyObject[]];

/**
 * The bank's one secret. Card numbers, security codes and card ids follow from it, and tokens are sealed under it, so
 * that nothing of them has to be kept. It doesn't show itself when it is logged or turned into JSON.
 *
 * Where the key was changed, tokens are sealed under the newest and opened under all; cards follow from the oldest, as a
 * typed number doesn't tell under which key its card was issued.
 */
export class BankKey {
  /** The newest first. Node takes a key seven times faster as this than as bytes. */
  readonly #keys: SealingKeys;
  readonly #oldest: KeyObject;
  readonly #sealing = new Map<string, SealingKeys>();
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

  /** Seals a text (AES-256-GCM, random nonce) as base64url. */
  seal(purpose: string, text: string): string {
    const nonce = this.#random(nonceBytes);
    const [newest] = this.#sealingKeys(purpose);
    const cipher = createCipheriv('aes-256-gcm', newest, nonce);
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url');
  }

  /** The sealed text, or undefined if it wasn't sealed for this purpose under one of the keys. */
  open(purpose: string, sealed: string): string | undefined {
    const bytes = Buffer.from(sealed, 'base64url');
    if (bytes.length < nonceBytes + tagBytes) return undefined;
    for (const key of this.#sealingKeys(purpose)) {
      const text = opened(key, bytes);
      if (text !== undefined) return text;
    }
    return undefined;
  }

  #sealingKeys(purpose: string): SealingKeys {
    const known = this.#sealing.get(purpose);
    if (known !== undefined) return known;
    const [newest, ...older] = this.#keys;
    const sealing = (key: KeyObject): KeyObject => createSecretKey(mac(key, 'seal', [purpose]));
    const keys: SealingKeys = [sealing(newest), ...older.map(sealing)];
    this.#sealing.set(purpose, keys);
    return keys;
  }
}

const opened = (key: KeyObject, bytes: Buffer): string | undefined => {
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  try {
    const text = decipher.update(bytes.subarray(nonceBytes, -tagBytes));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
};

const mac = (key: KeyObject, purpose: string, parts: readonly string[]): Buffer =>
  createHmac('sha256', key)
    .update(JSON.stringify([purpose, ...parts]))
    .digest();
