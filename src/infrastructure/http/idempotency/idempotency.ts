import { hash } from 'node:crypto';
import type { AnswerStore, KeptAnswer } from '../../../application/ports/answers.js';
import { invalidField, Problem } from '../frame/problem.js';
import type { Route } from '../frame/route.js';

export const keyHeader = 'Idempotency-Key';

const keyText = /^[\x21-\x7e]{1,255}$/;

/**
 * The key that a repeat of the request carries again.
 * @throws Problem 400 naming the header
 */
export const readKey = (header: string | undefined): string => {
  if (header === undefined || header === '') {
    throw new Problem({
      status: 400,
      code: 'idempotency_key_missing',
      title: 'The request needs an Idempotency-Key',
      errors: [{ field: keyHeader, in: 'header', code: 'required', message: 'must be sent, new for each purpose' }],
    });
  }
  if (keyText.test(header)) return header;
  throw invalidField('header', keyHeader, 'malformed', 'must be 1 to 255 visible ASCII characters');
};

/** What of a final outcome is kept: a condition, a limit or a fault of the moment may be another next time. */
const isFinal = (status: number): boolean => status < 400 || [402, 409, 410, 422].includes(status);

const reused = (): Problem =>
  new Problem({
    status: 422,
    code: 'idempotency_key_reused',
    title: 'The key was used for another request',
    errors: [{ field: keyHeader, in: 'header', code: 'reused', message: 'was sent before with other content' }],
  });

const stillRunning = (): Problem =>
  new Problem({
    status: 409,
    code: 'request_in_progress',
    title: 'The first request with this key is still running',
    retryAfterSeconds: 1,
    errors: [{ field: keyHeader, in: 'header', code: 'in_progress', message: 'belongs to a request still running' }],
  });

/**
 * Keyed, so that what the file keeps can't be guessed back: a request may hold a card number. The secret stands on both
 * sides; an HMAC of Node costs five times as much, and no one but us chooses what is compared.
 */
const fingerprint = (secret: string, parts: readonly unknown[]): string =>
  hash('sha256', secret + JSON.stringify(parts) + secret, 'base64url');

export interface KeyedRequest {
  readonly route: Route;
  readonly caller: string;
  readonly key: string;
  readonly params: object;
  readonly query: object;
  readonly body: object;
}

export interface Given {
  readonly answer: KeptAnswer;
  readonly isReplay: boolean;
}

/**
 * Gives a repeated request its first answer again.
 * @param make makes the answer; its failures free the key
 * @param onLost is told when an answer could not be kept: a repeat then makes it again
 * @throws Problem 422 for a key with other content, 409 while the first is still running; what `make` throws
 */
export const answerOnce = async (
  answers: AnswerStore,
  secret: string,
  { route, caller, key, params, query, body }: KeyedRequest,
  make: () => Promise<KeptAnswer>,
  onLost: (error: unknown) => void,
): Promise<Given> => {
  const storeKey = fingerprint(secret, [caller, route.method, route.path, params, key]);
  const request = fingerprint(secret, [query, body]);
  const begun = await answers.begin(storeKey, request);
  if (begun.kind === 'other-request') throw reused();
  if (begun.kind === 'running') throw stillRunning();
  if (begun.kind === 'done') {
    return { answer: route.keepAnswer === false ? await make() : begun.answer, isReplay: true };
  }
  let answer: KeptAnswer;
  try {
    answer = await make();
  } catch (error) {
    await answers.abandon(storeKey);
    throw error;
  }
  if (!isFinal(answer.status)) await answers.abandon(storeKey);
  else {
    const kept = route.keepAnswer === false ? { ...answer, headers: {}, body: '' } : answer;
    await answers.finish(storeKey, request, kept).catch(onLost);
  }
  return { answer, isReplay: false };
};
