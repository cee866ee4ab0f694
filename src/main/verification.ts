import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { statementViolations } from '../application/banking/statement-violations.js';
import { modelOf, type Quiescence } from '../application/invariants/invariant-model.js';
import type { Violation } from '../application/invariants/invariants.js';
import type { EventStore } from '../application/ports/event-store.js';
import type { Comparison } from '../application/views/compare.js';
import type { Projector } from '../application/views/projector.js';
import type { LeftOut } from '../application/views/replay.js';
import { ReadOnlyEventStore } from '../infrastructure/event-store/embedded/read-only-event-store.js';
import { EmbeddedViewStore } from '../infrastructure/views/embedded/embedded-view-store.js';
import type { View } from '../projections/projection.js';
import { openCatalogue, partitions } from './catalogue.js';
import { createProjectors } from './projectors.js';

export interface Verified extends Comparison {
  readonly view: string;
  readonly leftOut: readonly LeftOut[];
}

/**
 * Compares the documents of each view with what the events make of it, on a copy of the views that it takes first: the
 * folder itself is only read, also while a server writes to it.
 * @throws ViewsUnavailable, OtherGeneration
 */
export async function* verifyViews(folder: string, views: readonly View[]): AsyncGenerator<Verified> {
  const store = new ReadOnlyEventStore(folder);
  const copyFolder = await mkdtemp(join(folder, 'verify-'));
  try {
    const source = EmbeddedViewStore.open({ folder, readOnly: true });
    source.copyTo(copyFolder);
    await source.close();
    const copy = EmbeddedViewStore.open({ folder: copyFolder });
    for (const view of views) yield { view: view.name, ...(await verify(view, store, copy)) };
    await copy.close();
  } finally {
    await rm(copyFolder, { recursive: true });
    await store.close();
  }
}

/** Which invariants the events of a folder break, beside a server too; the folder is only read. */
export const verifyInvariants = async (folder: string, quiescence: Quiescence): Promise<readonly Violation[]> => {
  const store = new ReadOnlyEventStore(folder);
  try {
    const model = await modelOf(store, openCatalogue());
    if (!quiescence.isQuiescent) return model.violations(quiescence);
    const views = EmbeddedViewStore.open({ folder, readOnly: true });
    try {
      return [...model.violations(quiescence), ...(await statementViolations(model.bank, views))];
    } finally {
      await views.close();
    }
  } finally {
    await store.close();
  }
};

const verify = async (view: View, store: EventStore, views: EmbeddedViewStore): ReturnType<Projector['verify']> => {
  // The copy is never made anew, and nothing waits for it.
  const leases = { claim: async () => undefined };
  const progress = { moved: () => undefined };
  const parts = { store, catalogue: openCatalogue(), partitions, views, leases, progress };
  const [projector] = createProjectors(parts, [view]);
  if (projector === undefined) throw new Error(`there is no view ${view.name}`);
  return projector.verify();
};
