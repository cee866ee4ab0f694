import type { HttpResponse } from '../frame/wire.js';

/** What a request finds under its key. */
export type Claim =
  /** The key is the caller's until the lease ends: it runs the request, then completes or releases the key. */
  | { readonly kind: 'new'; readonly token: string }
  /** Another holds the key, and its lease hasn't ended. */
  | { readonly kind: 'running' }
  /** The key belongs to a request with other content, whether that runs, has lapsed or is done. */
  | { readonly kind: 'other-request' }
  | { readonly kind: 'done'; readonly response: HttpResponse };

/** The lease ended and another took the key over: what that one stores is what repeats are given. */
export class ClaimLost extends Error {
  override readonly name = 'ClaimLost';
}

/**
 * Responses kept by idempotency key for 24 h at least, and who runs a key now. A cache of what the events say: what is
 * lost with a crash is made again from the stream. A claim is held under a lease, longer than a request takes: the key of
 * an instance that died is free when the lease ends. A store of several instances that is away gives every key away and
 * holds none: the command's id, which follows from the key, keeps a repeat from taking effect twice all the same.
 */
export interface IdempotencyStore {
  /**
   * @param key hash of caller, route and Idempotency-Key
   * @param fingerprint hash of the request's content
   */
  claim(key: string, fingerprint: string): Promise<Claim>;
  /**
   * Keeps the response, also after the lease's end if nobody took the key over.
   * @param token of the claim
   * @throws ClaimLost
   */
  complete(key: string, token: string, response: HttpResponse): Promise<void>;
  /** Nothing final came of it (a 404, a 5xx): the key is free again, unless another has taken it over. */
  release(key: string, token: string): Promise<void>;
  close(): Promise<void>;
}
