import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { brokenStatements } from '../application/audit/broken-statements.js';
import type { Broken } from '../application/audit/findings.js';
import { type Auditing, eventsOf, ledgerOf } from '../application/audit/invariants.js';
import type { EventStore } from '../application/ports/event-store.js';
import type { Comparison } from '../application/views/compare.js';
import { builtBy } from '../application/views/interpret.js';
import { Projector } from '../application/views/projector.js';
import type { LeftOut } from '../application/views/replay.js';
import { Turns } from '../application/views/turns.js';
import { ReadOnlyEventStore } from '../infrastructure/event-store/embedded/read-only-event-store.js';
import { EmbeddedViewStore } from '../infrastructure/views/embedded/embedded-view-store.js';
import type { Projection } from '../projections/projection.js';
import { openCatalogue, partitions } from './catalogue.js';

export interface Verified extends Comparison {
  readonly view: string;
  readonly leftOut: readonly LeftOut[];
}

/**
 * Compares the documents of each view with what the events make of it, on a copy of the views that it takes first: the
 * folder itself is only read, also while a server writes to it.
 * @throws ViewsUnavailable, OtherGeneration
 */
export async function* verifyViews(folder: string, projections: readonly Projection[]): AsyncGenerator<Verified> {
  const store = new ReadOnlyEventStore(folder);
  const copyFolder = await mkdtemp(join(folder, 'verify-'));
  try {
    const source = EmbeddedViewStore.open({ folder, readOnly: true });
    source.copyTo(copyFolder);
    await source.close();
    const views = EmbeddedViewStore.open({ folder: copyFolder });
    for (const projection of projections) yield { view: projection.name, ...(await verify(projection, store, views)) };
    await views.close();
  } finally {
    await rm(copyFolder, { recursive: true });
    await store.close();
  }
}

/** Which invariants the events of a folder break, beside a server too; the folder is only read. */
export const verifyInvariants = async (folder: string, auditing: Auditing): Promise<readonly Broken[]> => {
  const store = new ReadOnlyEventStore(folder);
  try {
    const ledger = await ledgerOf(eventsOf(store), openCatalogue());
    if (!auditing.isQuiescent) return ledger.broken(auditing);
    const views = EmbeddedViewStore.open({ folder, readOnly: true });
    try {
      return [...ledger.broken(auditing), ...(await brokenStatements(ledger, views))];
    } finally {
      await views.close();
    }
  } finally {
    await store.close();
  }
};

const verify = (projection: Projection, store: EventStore, views: EmbeddedViewStore): ReturnType<Projector['verify']> =>
  new Projector(builtBy(openCatalogue(), projection), {
    store,
    views,
    partitions,
    // The copy is never made anew, and nothing waits for it.
    leases: { claim: async () => undefined },
    holder: 'verify',
    rebuilds: new Turns(),
    progress: { moved: () => undefined },
  }).verify();
