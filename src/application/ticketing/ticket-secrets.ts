import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';

/**
 * What a ticket's code proves itself by: `<generation>.<mac>`, made from a key and never stored. A transfer raises the
 * generation, so that older codes are told from the one that holds.
 */
export class TicketSecrets {
  readonly #key: KeyObject;

  /** @param key 32 bytes */
  constructor(key: Uint8Array) {
    this.#key = createSecretKey(key);
  }

  of(ticketId: string, generation: number): string {
    const mac = createHmac('sha256', this.#key).update(`ticket:${ticketId}:${generation}`).digest();
    return `${generation}.${mac.toString('base64url', 0, 18)}`;
  }

  /** @returns the generation that the secret was made for, if it is a secret of this ticket */
  generationOf(ticketId: string, secret: string): number | undefined {
    const generation = Number(/^([1-9]\d{0,5})\./.exec(secret)?.[1]);
    if (Number.isNaN(generation)) return undefined;
    const expected = Buffer.from(this.of(ticketId, generation));
    const given = Buffer.from(secret);
    return expected.length === given.length && timingSafeEqual(expected, given) ? generation : undefined;
  }
}
