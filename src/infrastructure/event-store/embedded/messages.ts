import type { ExpectedRevision, NewEvent } from '../../../application/ports/event-store.js';

/** Id, type, data and metadata of each event in turn: between threads one list goes thrice as fast as objects. */
export type EventFields = readonly string[];

export const fieldsPerEvent = 4;

export const fieldsOf = (events: readonly NewEvent[]): EventFields => {
  const fields: string[] = [];
  for (const { id, type, data, metadata } of events) fields.push(id, type, data, metadata);
  return fields;
};

/** One append on its way to the worker. */
export interface AppendRequest {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  /** Milliseconds since the epoch. */
  readonly recordedAt: number;
  readonly fields: EventFields;
}

export const eventCountOf = ({ fields }: AppendRequest): number => fields.length / fieldsPerEvent;

export type AppendAnswer =
  | { readonly kind: 'kept'; readonly revision: number; readonly position: number }
  | { readonly kind: 'conflict'; readonly actual: number }
  | { readonly kind: 'unavailable'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

export type ToWorker = readonly AppendRequest[] | 'close';

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'too-new'; readonly version: number; readonly known: number }
  | { readonly kind: 'damaged'; readonly found: string }
  /** In the order of the requests. */
  | { readonly kind: 'answers'; readonly answers: readonly AppendAnswer[] };

export interface AppendWorkerData {
  readonly file: string;
  /** A larger file isn't checked as a whole. */
  readonly checkedBytes: number;
}
