import type { EventStore } from '../../../src/application/ports/event-store.js';
import type { Feed } from '../../../src/application/ports/feed.js';
import type { Leases } from '../../../src/application/ports/leases.js';
import type { ViewStore } from '../../../src/application/ports/views.js';

/** Event store, feed and views of one kind, opened by one process. */
export interface AttackedSystem {
  /** Connections of their own for writers, as many as the adapter allows: they are shared out among them. */
  readonly writers: readonly EventStore[];
  readonly store: EventStore;
  /** Opens another one over the same saved positions; the caller closes it. */
  openFeed(): Promise<Feed>;
  /** Opens another one over the same documents; the caller closes it. */
  openViews(): Promise<ViewStore>;
  /** Opens another one over the same leases; the caller closes it. */
  openLeases(): Promise<Leases>;
  close(): Promise<void>;
}

/** What a module that is attacked exports as `openSystem`. A place is a folder, or addresses: its own business. */
export type OpenSystem = (place: string) => Promise<AttackedSystem>;

/** @throws Error when the module exports no such function */
export const loadSystem = async (module: string): Promise<OpenSystem> => {
  const { openSystem }: { openSystem?: OpenSystem } = await import(module);
  if (openSystem === undefined) throw new Error(`${module} exports no openSystem`);
  return openSystem;
};
