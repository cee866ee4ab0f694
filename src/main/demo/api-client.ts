import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly consistencyToken: string | undefined;
}

/** An answer that the API doesn't give to a request like this. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';
}

const tries = 10;
const longestWaitMs = 5_000;

/** Answers after which the same request is to be sent again: the key runs still, or the server is busy. */
const isForLater = ({ status, body }: Answer): boolean =>
  status === 429 || status === 503 || (status === 409 && body.code === 'request_in_progress');

/** A client of the public API, as a careful buyer's: each change has a key of its own and is repeated with it. */
export class ApiClient {
  constructor(readonly url: string) {}

  /** Whether the API answers here. @throws UnexpectedAnswer when something else does */
  async isThere(): Promise<boolean> {
    try {
      const { status } = await this.#once('GET', '/v1/sales?limit=1', undefined, {
        signal: AbortSignal.timeout(3_000),
      });
      if (status === 200) return true;
    } catch (cause) {
      if (cause instanceof TypeError) return false;
    }
    throw new UnexpectedAnswer(`what answers at ${this.url} is not this API`);
  }

  /** @throws TypeError when the server can't be reached time after time */
  post(path: string, body: unknown = {}): Promise<Answer> {
    return this.#again('POST', path, JSON.stringify(body), {
      'Content-Type': 'application/json',
      'Idempotency-Key': randomUUID(),
    });
  }

  /** @param consistencyToken of a write that the answer must know of */
  get(path: string, consistencyToken?: string): Promise<Answer> {
    return this.#again('GET', path, undefined, consistencyToken ? { 'Consistency-Token': consistencyToken } : {});
  }

  async #again(
    method: string,
    path: string,
    body: string | undefined,
    headers: Record<string, string>,
  ): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      let waitMs = Math.min(longestWaitMs, 50 * 2 ** attempt) * (0.5 + Math.random() / 2);
      try {
        const answer = await this.#once(method, path, body, { headers });
        if (!isForLater(answer) || attempt === tries) return answer;
        waitMs = Math.max(waitMs, Math.min(longestWaitMs, answer.retryAfterSeconds * 1_000));
      } catch (cause) {
        // The request may have had its effect: only its key makes it safe to send it again.
        if (!(cause instanceof TypeError) || attempt === tries) throw cause;
      }
      await wait(waitMs);
    }
  }

  async #once(
    method: string,
    path: string,
    body: string | undefined,
    options: { readonly headers?: Record<string, string>; readonly signal?: AbortSignal },
  ): Promise<Answer & { readonly retryAfterSeconds: number }> {
    const response = await fetch(this.url + path, { method, ...(body !== undefined && { body }), ...options });
    const parsed: unknown = await response.json();
    if (typeof parsed !== 'object' || parsed === null) throw new UnexpectedAnswer(`${method} ${path} gave no object`);
    return {
      status: response.status,
      body: { ...parsed },
      consistencyToken: response.headers.get('Consistency-Token') ?? undefined,
      retryAfterSeconds: Number(response.headers.get('Retry-After') ?? 0),
    };
  }
}

/** A text member of an answer. @throws UnexpectedAnswer */
export const textOf = ({ status, body }: Answer, name: string): string => {
  const value = body[name];
  if (typeof value === 'string') return value;
  throw new UnexpectedAnswer(`an answer ${status} has no ${name}: ${JSON.stringify(body)}`);
};

/** A whole number in an answer. @throws UnexpectedAnswer */
export const numberOf = ({ status, body }: Answer, name: string): number => {
  const value = body[name];
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new UnexpectedAnswer(`an answer ${status} has no ${name}: ${JSON.stringify(body)}`);
};
