import type { ExpectedRevision, NewEvent } from '../../../application/ports/event-store.js';

/** One append on its way to the worker. */
export interface AppendRequest {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  /** Milliseconds since the epoch. */
  readonly recordedAt: number;
  readonly events: readonly NewEvent[];
}

export type AppendAnswer =
  | { readonly kind: 'kept'; readonly revision: number; readonly position: number }
  | { readonly kind: 'conflict'; readonly actual: number }
  | { readonly kind: 'id-taken'; readonly reason: string }
  | { readonly kind: 'unavailable'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

export type ToWorker = readonly AppendRequest[] | 'close';

export type FromWorker =
  | { readonly kind: 'ready'; readonly head: number }
  | { readonly kind: 'too-new'; readonly version: number; readonly known: number }
  | { readonly kind: 'damaged'; readonly found: string }
  /** In the order of the requests. */
  | { readonly kind: 'answers'; readonly answers: readonly AppendAnswer[]; readonly head: number };
