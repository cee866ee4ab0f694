import type { ExpectedRevision, NewEvent } from '../../../application/ports/event-store.js';

/** Id, type, version, data and metadata of each event in turn: between threads one list goes thrice as fast as objects. */
export type EventFields = readonly (string | number)[];

export const fieldsPerEvent = 5;

export const fieldsOf = (events: readonly NewEvent[]): EventFields => {
  const fields: (string | number)[] = [];
  for (const { id, type, version, data, metadata } of events) fields.push(id, type, version, data, metadata);
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
  | { readonly kind: 'id-taken'; readonly reason: string }
  | { readonly kind: 'unavailable'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

export type ToWorker = readonly AppendRequest[] | 'close';

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'too-new'; readonly version: number; readonly known: number }
  | { readonly kind: 'damaged'; readonly found: string }
  /** In the order of the requests. */
  | { readonly kind: 'answers'; readonly answers: readonly AppendAnswer[] };
