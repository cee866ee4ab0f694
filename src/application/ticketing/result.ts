import type { Position } from '../ports/event-store.js';

/** A stream that a command wrote, or found as it is: who reads after it waits for this position. */
export interface WrittenStream {
  readonly stream: string;
  readonly position: Position;
}

/** What a use case came to: a value, or a refusal that the business expects. */
export type Result<T, Refusal extends { readonly code: string }> =
  | { readonly refusal?: undefined; readonly value: T; readonly written: readonly WrittenStream[] }
  | { readonly refusal: Refusal };
