import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';

const secretOf = (key: KeyObject, ticketId: string, generation: number): string => {
  const mac = createHmac('sha256', key).update(`ticket:${ticketId}:${generation}`).digest();
  return `${generation}.${mac.toString('base64url', 0, 18)}`;
};

/**
 * What a ticket's code proves itself by: `<generation>.<mac>`, made from a key and never stored. A transfer raises the
 * generation, so that older codes are told from the one that holds.
 */
export class TicketSecrets {
  readonly #key: KeyObject;
  /** Of secrets that were given out before the key was changed. */
  readonly #older: readonly KeyObject[];

  /** Of 32 bytes each. */
  constructor(newest: Uint8Array, ...older: readonly Uint8Array[]) {
    this.#key = createSecretKey(newest);
    this.#older = older.map((key) => createSecretKey(key));
  }

  of(ticketId: string, generation: number): string {
    return secretOf(this.#key, ticketId, generation);
  }

  /** @returns the generation that the secret was made for, if it is a secret of this ticket */
  generationOf(ticketId: string, secret: string): number | undefined {
    const generation = Number(/^([1-9]\d{0,5})\./.exec(secret)?.[1]);
    if (Number.isNaN(generation)) return undefined;
    const given = Buffer.from(secret);
    const isFrom = (key: KeyObject): boolean => {
      const expected = Buffer.from(secretOf(key, ticketId, generation));
      return expected.length === given.length && timingSafeEqual(expected, given);
    };
    return isFrom(this.#key) || this.#older.some(isFrom) ? generation : undefined;
  }
}
