/** An HTTP answer as it was given, to be given again. */
export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Begun =
  | { readonly kind: 'new' }
  | { readonly kind: 'running' }
  | { readonly kind: 'other-request' }
  | { readonly kind: 'done'; readonly answer: KeptAnswer };

/**
 * Answers kept by idempotency key for 24 h at least. A cache of what the events say: what is lost with a crash is made
 * again from the stream.
 */
export interface AnswerStore {
  /**
   * @param key hash of caller, route and Idempotency-Key
   * @param request hash of the request's content
   */
  begin(key: string, request: string): Promise<Begun>;
  finish(key: string, request: string, answer: KeptAnswer): Promise<void>;
  /** Nothing came of it (validation failed, 5xx): the key is free again. */
  abandon(key: string): Promise<void>;
  close(): Promise<void>;
}
