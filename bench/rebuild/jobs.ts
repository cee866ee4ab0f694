import type { TicketEvent } from '../../src/domain/ticketing/ticket-events.js';

export interface Turn {
  readonly stream: string;
  readonly event: TicketEvent;
}

/** What the peer is told, one after the other. */
export type PeerJob =
  /** Each writer appends its turns one after the other, on a connection of its own. */
  | { readonly do: 'fill'; readonly where: string; readonly writers: readonly (readonly Turn[])[] }
  | { readonly do: 'rebuild' };

export interface PeerDone {
  readonly seconds: number;
  /** Of a rebuild: what it made. */
  readonly documents?: readonly (Readonly<Record<string, unknown>> & { readonly _id: string })[];
}
