import { ObjectId } from 'mongodb';
import { beginning, type Position } from '../../../application/ports/event-store.js';
import { type AppliedEvent, OtherGeneration, ViewBehind } from '../../../application/ports/views.js';
import type { View } from '../../../projections/projection.js';
import { BufferedDocument, WriteBuffer } from '../write-buffer.js';
import type { GenerationDocuments, Operation } from './generation-documents.js';
import { type Applied, bufferedOf, type Hidden, marksOf, type StoredDocument } from './stored-document.js';
import { type Live, liveOf, type ViewRecord, type ViewRecords } from './view-records.js';

/** Consecutive events of a partition that the live generation is to have. */
export interface Batch {
  readonly view: View;
  readonly partition: number;
  readonly events: readonly AppliedEvent[];
  readonly upTo: Position;
  /** None for an event that is taken apart from the others. */
  readonly from: Position | undefined;
}

/** A document as it was read. */
interface Known {
  readonly document: BufferedDocument;
  /** What the write expects; none where there was no document. */
  readonly applied?: Applied;
  /** There by the events, not left behind by a writer that came too late. */
  readonly isFirm: boolean;
}

/** By collection. */
type Operations = Map<string, Operation[]>;

const idsIn = (events: readonly AppliedEvent[]): ReadonlyMap<string, ReadonlySet<string>> => {
  const ids = new Map<string, Set<string>>();
  for (const { collection, id } of events.flatMap(({ changes }) => changes)) {
    ids.set(collection, (ids.get(collection) ?? new Set()).add(id));
  }
  return ids;
};

const add = (operations: Operations, collection: string, operation: Operation): void => {
  operations.set(collection, [...(operations.get(collection) ?? []), operation]);
};

/**
 * One try to bring the live documents on by a batch. Documents are read, brought on in memory by the fold that every store
 * has, and written under the condition that they are what was read.
 *
 * A store without transactions can't put a condition on a document that isn't there: a writer that was still for long could
 * bring back what was deleted meanwhile. So in a collection that deletes, a document begins hidden, and is shown once the
 * checkpoint, read after it was written, is still before its events; and one that is deleted stays, hidden, till the
 * checkpoint is past its end. Between them they leave a late writer no moment (ADR 0023).
 */
export class LiveBatch {
  /** Hidden documents of ours: to be shown before the checkpoint moves, or to be removed behind it. */
  readonly #toShow: Operations = new Map();
  readonly #toRemove: Operations = new Map();
  readonly #operations: Operations = new Map();

  constructor(
    private readonly records: ViewRecords,
    private readonly documentsOf: (live: Live) => GenerationDocuments,
    private readonly batch: Batch,
  ) {}

  /**
   * @returns false where another writer came between: what it left is to be read again
   * @throws OtherGeneration, ViewBehind
   */
  async apply(): Promise<boolean> {
    const { view, partition, events, upTo, from } = this.batch;
    const live = await this.#live();
    const checkpoint = this.#checkpointOf(live);
    if (from !== undefined && checkpoint < from) throw new ViewBehind(view, checkpoint, from);
    const due = from === undefined ? events : events.filter(({ position }) => position > checkpoint);
    const documents = this.documentsOf(live);
    if (due.length > 0) {
      if (!(await this.#bringOn(documents, live, due))) return false;
      if (this.#toShow.size > 0 && !(await this.#show(documents, live))) return false;
    }
    if (upTo > checkpoint && !(await this.records.moveCheckpoint(view, live.id, partition, upTo))) return false;
    // What meets another state of it is behind the checkpoint, and swept with what dies here.
    await writeAll(view, documents, this.#toRemove);
    return true;
  }

  async #bringOn(documents: GenerationDocuments, live: Live, due: readonly AppliedEvent[]): Promise<boolean> {
    const { view, partition } = this.batch;
    const known = await this.#load(documents, live, due);
    if (known === undefined) return false;
    const buffer = new WriteBuffer(view);
    buffer.apply(partition, due, (collection, id) => known.get(collection)?.get(id)?.document);
    buffer.flushAll((collection, id, document) =>
      this.#write(collection, id, document, known.get(collection)?.get(id)),
    );
    for (const [collection, ofCollection] of known) {
      for (const [id, { document, applied, isFirm }] of ofCollection) {
        const isLeftToShow = isFirm && applied?.hidden?.as === 'new' && !document.isChanged;
        if (isLeftToShow) add(this.#operations, collection, showing(id, applied));
      }
    }
    return writeAll(view, documents, this.#operations);
  }

  /** @returns undefined where the generation was replaced meanwhile */
  async #load(
    documents: GenerationDocuments,
    live: Live,
    due: readonly AppliedEvent[],
  ): Promise<ReadonlyMap<string, ReadonlyMap<string, Known>> | undefined> {
    const wanted = [...idsIn(due)].filter(([collection]) => this.batch.view.collections[collection] !== undefined);
    const loaded = await Promise.all(
      wanted.map(async ([collection, ids]) => [collection, await documents.load(collection, [...ids])] as const),
    );
    const hasHidden = loaded.some(([, found]) => found.some(({ applied }) => applied.hidden !== undefined));
    // Read after the documents: only so does it tell what came too late.
    const later = hasHidden ? liveOf(await this.#record()) : live;
    if (later?.id !== live.id) return undefined;
    return new Map(
      loaded.map(([collection, found]) => [collection, new Map(found.map((one) => [one._id, knownOf(one, later)]))]),
    );
  }

  #write(collection: string, id: string, document: BufferedDocument, known: Known | undefined): void {
    const { view, from } = this.batch;
    const { isThere, fields, appliedPositions } = document;
    const before = known?.applied;
    const isGuarded = from !== undefined && view.collections[collection]?.deletes === true;
    if (!isGuarded || (isThere && known?.isFirm === true)) {
      if (isThere) add(this.#operations, collection, putting(id, fields, { ...appliedPositions }, before));
      else if (before !== undefined) add(this.#operations, collection, removing(id, before));
      return;
    }
    const hidden: Hidden = { as: isThere ? 'new' : 'deleted', mark: new ObjectId().toHexString() };
    const applied: Applied = { ...appliedPositions, hidden };
    add(this.#operations, collection, putting(id, fields, applied, before));
    if (isThere) add(this.#toShow, collection, showing(id, applied));
    else add(this.#toRemove, collection, removing(id, applied));
  }

  /** What another has shown, brought on or deleted meanwhile is in its hands. */
  async #show(documents: GenerationDocuments, before: Live): Promise<boolean> {
    const live = liveOf(await this.#record());
    if (live?.id !== before.id || this.#checkpointOf(live) !== this.#checkpointOf(before)) return false;
    await writeAll(this.batch.view, documents, this.#toShow);
    return true;
  }

  async #live(): Promise<Live> {
    const live = liveOf(await this.#record());
    if (live?.version !== this.batch.view.version) throw new OtherGeneration(this.batch.view);
    return live;
  }

  #record(): Promise<ViewRecord | null> {
    return this.records.read(this.batch.view);
  }

  #checkpointOf(live: Live): Position {
    return live.checkpoints[this.batch.partition] ?? beginning;
  }
}

const putting = (id: string, fields: object, applied: Applied, before: Applied | undefined): Operation =>
  before === undefined
    ? { insertOne: { document: { ...fields, _id: id, applied } } }
    : { replaceOne: { filter: { _id: id, applied: before }, replacement: { ...fields, applied } } };

const removing = (id: string, applied: Applied): Operation => ({ deleteOne: { filter: { _id: id, applied } } });

const showing = (id: string, applied: Applied): Operation => ({
  updateOne: { filter: { _id: id, applied }, update: { $unset: { 'applied.hidden': '' } } },
});

/** In the order of the view's collections, one after the other: readers rest on it. */
const writeAll = async (view: View, documents: GenerationDocuments, operations: Operations): Promise<boolean> => {
  for (const collection of Object.keys(view.collections)) {
    if (!(await documents.write(collection, operations.get(collection) ?? []))) return false;
  }
  return true;
};

/** A hidden document all of whose events are behind the checkpoint came too late, or is on its way out: as good as none. */
const knownOf = (stored: StoredDocument, { checkpoints }: Live): Known => {
  const { applied } = stored;
  const isPast = Object.entries(marksOf(applied)).every(([partition, mark]) => mark <= (checkpoints[partition] ?? ''));
  const isFirm = applied.hidden === undefined || !isPast;
  return { document: isFirm ? bufferedOf(stored) : new BufferedDocument(undefined, {}), applied, isFirm };
};
