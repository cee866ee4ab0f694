import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { statementViolations } from '../application/banking/statement-violations.js';
import { modelOf, type Quiescence } from '../application/invariants/invariant-model.js';
import type { Violation } from '../application/invariants/invariants.js';
import type { EventStore } from '../application/ports/event-store.js';
import type { Comparison } from '../application/views/compare.js';
import type { Projector } from '../application/views/projector.js';
import type { LeftOut } from '../application/views/replay.js';
import { EmbeddedViewStore } from '../infrastructure/views/embedded/embedded-view-store.js';
import type { View } from '../projections/projection.js';
import { openCatalogue } from './catalogue.js';
import { createProjectors } from './projectors.js';
import { databaseOf, openStorage, type StorageSettings } from './storage.js';

export interface Verified extends Comparison {
  readonly view: string;
  readonly leftOut: readonly LeftOut[];
}

/**
 * Compares the documents of each view with what the events make of it, on a copy of the views that it takes first: what is
 * kept is only read, also while others write to it.
 * @throws ViewsUnavailable, OtherGeneration
 */
export async function* verifyViews(settings: StorageSettings, views: readonly View[]): AsyncGenerator<Verified> {
  await using storage = openStorage(settings, new Set());
  const store = await storage.eventStore();
  const copyFolder = await mkdtemp(join(settings.mongodbUrl === undefined ? settings.folder : tmpdir(), 'verify-'));
  try {
    const copy = await copyOf(settings, views, copyFolder);
    for (const view of views) yield { view: view.name, ...(await verify(view, store, copy, storage.partitions)) };
    await copy.close();
  } finally {
    await rm(copyFolder, { recursive: true });
  }
}

/** The views as they are, in a file of their own: nobody writes to it. */
const copyOf = async (
  { folder, mongodbUrl, modules }: StorageSettings,
  views: readonly View[],
  copyFolder: string,
): Promise<EmbeddedViewStore> => {
  if (mongodbUrl === undefined) {
    const source = EmbeddedViewStore.open({ folder, readOnly: true });
    source.copyTo(copyFolder);
    await source.close();
    return EmbeddedViewStore.open({ folder: copyFolder });
  }
  const { MongoViewStore } = await import('../infrastructure/views/mongodb/mongo-view-store.js');
  const source = new MongoViewStore({ url: mongodbUrl, database: databaseOf(modules) });
  const copy = EmbeddedViewStore.open({ folder: copyFolder });
  try {
    for (const view of views) await copy.take(view, await source.copyOf(view));
  } finally {
    await source.close();
  }
  return copy;
};

/** Which invariants the events break, beside a server too; what is kept is only read. */
export const verifyInvariants = async (
  settings: StorageSettings,
  quiescence: Quiescence,
): Promise<readonly Violation[]> => {
  await using storage = openStorage(settings, new Set());
  const model = await modelOf(await storage.eventStore(), openCatalogue());
  if (!quiescence.isQuiescent) return model.violations(quiescence);
  return [...model.violations(quiescence), ...(await statementViolations(model.bank, await storage.views()))];
};

const verify = async (
  view: View,
  store: EventStore,
  views: EmbeddedViewStore,
  partitions: number,
): ReturnType<Projector['verify']> => {
  // The copy is never made anew, and nothing waits for it.
  const leases = { claim: async () => undefined };
  const progress = { moved: () => undefined };
  const parts = { store, catalogue: openCatalogue(), partitions, views, leases, progress };
  const [projector] = createProjectors(parts, [view]);
  if (projector === undefined) throw new Error(`there is no view ${view.name}`);
  return projector.verify();
};
