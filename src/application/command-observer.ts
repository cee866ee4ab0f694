import type { DomainEvent } from '../domain/event.js';
import type { NewEvent } from './ports/event-store.js';

/** Is told of a command handler's work, for figures. */
export interface CommandObserver {
  /** `accepted`, `unchanged` where nothing followed, `failed`, or the code of the refusal. */
  decided(command: string, outcome: string): void;
  /** `ms`: what the append took, with all its tries. */
  appended(events: readonly NewEvent[], ms: number): void;
}

/** What became of a command or a query. */
export type Outcome =
  | { readonly events: readonly DomainEvent[]; readonly result: unknown }
  | { readonly refusal: unknown }
  | { readonly error: unknown };

/** Tells of a command; nothing of a query, which has none. */
export const tellOf = (observer: CommandObserver | undefined, command: unknown, outcome: Outcome): void => {
  if (observer === undefined || command === undefined) return;
  const { type } = command as { readonly type: string };
  if ('error' in outcome) observer.decided(type, 'failed');
  else if ('refusal' in outcome) observer.decided(type, (outcome.refusal as { readonly code: string }).code);
  else observer.decided(type, outcome.events.length > 0 ? 'accepted' : 'unchanged');
};
