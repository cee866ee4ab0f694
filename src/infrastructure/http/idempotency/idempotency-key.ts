import { hash } from 'node:crypto';
import { invalidField, Problem } from '../frame/problem.js';

const header = 'Idempotency-Key';
const keyText = /^[\x21-\x7e]{1,255}$/;

/**
 * The key that a repeat of the request carries again.
 * @throws Problem 400 naming the header
 */
export const readKey = (text: string | undefined): string => {
  if (text === undefined || text === '') {
    throw new Problem({
      status: 400,
      code: 'idempotency_key_missing',
      title: 'The request needs an Idempotency-Key',
      errors: [{ field: header, in: 'header', code: 'required', message: 'must be sent: a new one for each purpose' }],
    });
  }
  if (keyText.test(text)) return text;
  throw invalidField('header', header, 'malformed', 'must be 1 to 255 visible ASCII characters');
};

export const keyReused = (): Problem =>
  new Problem({
    status: 422,
    code: 'idempotency_key_reused',
    title: 'The key was used for another request',
    errors: [{ field: header, in: 'header', code: 'reused', message: 'was sent before with other content' }],
  });

export const stillRunning = (): Problem =>
  new Problem({
    status: 409,
    code: 'request_in_progress',
    title: 'The first request with this key is still running',
    retryAfterSeconds: 1,
    errors: [{ field: header, in: 'header', code: 'in_progress', message: 'belongs to a request still running' }],
  });

/**
 * Keyed, so that what the store keeps can't be guessed back: a request may hold a card number. The secret stands on both
 * sides; an HMAC of Node costs five times as much, and no one but us chooses what is compared.
 */
export const keyedHash = (secret: string, parts: readonly unknown[]): string =>
  hash('sha256', secret + JSON.stringify(parts) + secret, 'base64url');
