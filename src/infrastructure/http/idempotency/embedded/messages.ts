/** One thing to do in the file; those of a message are done in order, all in one transaction. */
export type Operation =
  | { readonly kind: 'find'; readonly key: string }
  /** `response` is an `HttpResponse` as JSON, `storedAt` milliseconds since the epoch. */
  | {
      readonly kind: 'store';
      readonly key: string;
      readonly fingerprint: string;
      readonly response: string;
      readonly storedAt: number;
    }
  /** Deletes some of the responses from before a time, the oldest first. */
  | { readonly kind: 'sweep'; readonly before: number; readonly limit: number };

export interface StoredRow {
  readonly fingerprint: string;
  readonly response: string;
}

/** For `find` the row if there is one, for `sweep` how many were deleted. */
export type OperationResult = StoredRow | number | undefined;

export type ToWorker = readonly Operation[] | 'close';

export type FromWorker =
  /** With the reason for which a damaged file was thrown away, if it was. */
  | { readonly kind: 'ready'; readonly damage?: string }
  /** In the order of the operations. */
  | { readonly kind: 'done'; readonly results: readonly OperationResult[] }
  | { readonly kind: 'failed'; readonly operations: number; readonly reason: string };
