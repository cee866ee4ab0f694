import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { components, paths } from './api-types.js';

export type Schemas = components['schemas'];

type Method = 'get' | 'post' | 'patch';
type PathOf<M extends Method> = {
  [Path in keyof paths]: paths[Path] extends Record<M, unknown> ? Path : never;
}[keyof paths];
type OperationOf<M extends Method, Path extends keyof paths> =
  paths[Path] extends Record<M, infer Operation> ? Operation : never;

type Content<Response> = Response extends { content: infer Types } ? Types[keyof Types] : undefined;
/** What a success of an operation carries. */
type BodyOf<Operation> = Operation extends { responses: infer Responses } ? Content<Responses[keyof Responses]> : never;

type Immutable<T> = T extends readonly (infer Entry)[]
  ? readonly Immutable<Entry>[]
  : T extends object
    ? { readonly [Name in keyof T]: Immutable<T[Name]> }
    : T;

/** What any request may carry. */
export interface Sending {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Sent as JSON; a text goes as it is. */
  readonly body?: unknown;
  /** Idempotency-Key; a fresh one for a POST unless it is given. */
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** What a request of an operation must carry. */
type RequestOf<Operation> = Sending &
  (Operation extends { parameters: { path: infer Params } } ? { readonly params: Params } : unknown) &
  (Operation extends { parameters: { query?: infer Query } } ? { readonly query?: Query } : unknown) &
  (Operation extends { requestBody: { content: { 'application/json': infer Body } } }
    ? { readonly body: Immutable<Body> }
    : unknown);

type ProblemWithMembers = Schemas[Exclude<Extract<keyof Schemas, `${string}Problem`>, 'Problem'>];
type MemberOf<Problem> = Problem extends unknown ? keyof Problem : never;
type ValueOf<Problem, Member> = Problem extends { [Name in Member & string]: infer Value } ? Value : never;

/** A problem, with the members that only some have. */
export type ProblemDocument = Schemas['Problem'] & {
  readonly [Member in Exclude<MemberOf<ProblemWithMembers>, keyof Schemas['Problem']>]?: ValueOf<
    ProblemWithMembers,
    Member
  >;
};

/** An answer that the API doesn't give to a request like this. */
export class UnexpectedReply extends Error {
  override readonly name = 'UnexpectedReply';
}

/** What came back. */
export class Reply<Body> {
  constructor(
    /** Method and path. */
    private readonly request: string,
    readonly status: number,
    readonly headers: Headers,
    readonly text: string,
  ) {}

  /** Of a success. @throws UnexpectedReply that shows any other answer */
  get body(): Body {
    if (this.status >= 300) throw this.#unexpected();
    return this.#parsed<Body>();
  }

  /** @throws UnexpectedReply if it isn't one */
  get problem(): ProblemDocument {
    if (!this.#contentType.startsWith('application/problem+json')) throw this.#unexpected();
    return this.#parsed<ProblemDocument>();
  }

  /** Headers of a read that must see this write. */
  get token(): Readonly<Record<string, string>> {
    const token = this.headers.get('Consistency-Token');
    return token === null ? {} : { 'Consistency-Token': token };
  }

  get retryAfterMs(): number {
    return Number(this.headers.get('Retry-After') ?? 0) * 1_000;
  }

  /** The same request is to be sent again: the key runs still, or the server is busy. */
  get isForLater(): boolean {
    return (
      this.status === 429 || this.status === 503 || (this.status === 409 && this.problem.code === 'request_in_progress')
    );
  }

  get #contentType(): string {
    return this.headers.get('Content-Type') ?? '';
  }

  #parsed<T>(): T {
    if (!this.#contentType.includes('json')) throw this.#unexpected();
    return JSON.parse(this.text);
  }

  #unexpected(): UnexpectedReply {
    return new UnexpectedReply(`${this.request} was answered ${this.status}: ${this.text}`);
  }
}

const longestWaitMs = 5_000;

/**
 * A client of the API, typed by the API's own OpenAPI document. Each POST has a key of its own; a client that tries more
 * than once repeats the request with it.
 */
export class ApiClient {
  constructor(
    readonly url: string,
    private readonly tries = 1,
  ) {}

  get<Path extends PathOf<'get'>>(
    path: Path,
    request: RequestOf<OperationOf<'get', Path>>,
  ): Promise<Reply<BodyOf<OperationOf<'get', Path>>>> {
    return this.send('GET', path, request);
  }

  /** @throws TypeError when the server can't be reached */
  post<Path extends PathOf<'post'>>(
    path: Path,
    request: RequestOf<OperationOf<'post', Path>>,
  ): Promise<Reply<BodyOf<OperationOf<'post', Path>>>> {
    return this.send('POST', path, request);
  }

  patch<Path extends PathOf<'patch'>>(
    path: Path,
    request: RequestOf<OperationOf<'patch', Path>>,
  ): Promise<Reply<BodyOf<OperationOf<'patch', Path>>>> {
    return this.send('PATCH', path, request);
  }

  /** What the document doesn't tell: an address that an answer gave, or a request that can't be right. */
  async send<Body>(
    method: string,
    path: string,
    { key = randomUUID(), ...sending }: Sending = {},
  ): Promise<Reply<Body>> {
    for (let attempt = 1; ; attempt++) {
      let waitMs = Math.min(longestWaitMs, 50 * 2 ** attempt) * (0.5 + Math.random() / 2);
      try {
        const reply = await this.#once<Body>(method, path, { ...sending, key });
        if (attempt >= this.tries || !reply.isForLater) return reply;
        waitMs = Math.max(waitMs, Math.min(longestWaitMs, reply.retryAfterMs));
      } catch (cause) {
        // The request may have had its effect: only its key makes it safe to send it again.
        if (!(cause instanceof TypeError) || attempt >= this.tries) throw cause;
      }
      await wait(waitMs);
    }
  }

  async #once<Body>(method: string, path: string, sending: Sending & { readonly key: string }): Promise<Reply<Body>> {
    const { params = {}, query = {}, body, key, headers = {}, signal } = sending;
    const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
    const url = new URL(address, this.url);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const response = await fetch(url, {
      method,
      headers: {
        ...(method === 'POST' && { 'Idempotency-Key': key }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(signal && { signal }),
    });
    return new Reply(`${method} ${path}`, response.status, response.headers, await response.text());
  }
}
