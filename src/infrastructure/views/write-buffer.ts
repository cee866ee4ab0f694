import type { AppliedEvent } from '../../application/ports/views.js';
import type { Change, View } from '../../projections/projection.js';
import { applyUpdate, type Fields, weightOf } from './apply-update.js';

/** A document that is on its way to the file. */
export class BufferedDocument {
  isChanged = false;
  #fields: Fields;

  /**
   * @param fields none for a document that isn't there
   * @param appliedPositions the highest position applied to it in each partition
   */
  constructor(
    fields: Fields | undefined,
    readonly appliedPositions: Record<string, string>,
  ) {
    this.#fields = fields ?? {};
    this.isThere = fields !== undefined;
  }

  isThere: boolean;

  get fields(): Readonly<Fields> {
    return this.#fields;
  }

  /** @returns whether the event is new to it; then it counts as applied */
  begin(partition: string, { position }: AppliedEvent): boolean {
    if (position <= (this.appliedPositions[partition] ?? '')) return false;
    this.appliedPositions[partition] = position;
    this.isChanged = true;
    return true;
  }

  /** A document that was deleted begins empty when a later change comes. */
  change(change: Change): void {
    this.isThere = change.$delete !== true;
    if (this.isThere) applyUpdate(this.#fields, change);
    else this.#fields = {};
  }
}

/** Gives a document as it was kept; undefined if there is none. */
export type LoadDocument = (collection: string, id: string) => BufferedDocument | undefined;
export type WriteDocument = (collection: string, id: string, document: BufferedDocument) => void;

type Collections = Map<string, Map<string, BufferedDocument>>;

/** Documents that events are applied to in memory, before they are written. */
export class WriteBuffer {
  #recent: Collections = new Map();
  /** Not touched since the last `flush`. */
  #resting: Collections = new Map();
  #weight = 0;

  constructor(private readonly view: Pick<View, 'name' | 'collections'>) {}

  /** About how many bytes were taken in since the last `flush`. */
  get weight(): number {
    return this.#weight;
  }

  /** @throws Error for a change that can't be applied; what was applied before it stays so */
  apply(partition: number, events: readonly AppliedEvent[], load: LoadDocument): void {
    const key = String(partition);
    for (const event of events) {
      // The changes that one event makes in a document belong together: the first of them moves its position.
      const begun = new Set<BufferedDocument>();
      for (const change of event.changes) {
        this.#check(change);
        const document = this.#open(change.collection, change.id, load);
        if (!begun.has(document) && !document.begin(key, event)) continue;
        begun.add(document);
        document.change(change);
        this.#weight += weightOf(change);
      }
    }
  }

  /**
   * Lets go of the documents that no event has touched since the last time: `write` is given those that have changed.
   * Streams under way keep their documents here, which is why they are not all let go at once.
   */
  flush(write: WriteDocument): void {
    writeChanged(this.#resting, write);
    this.#resting = this.#recent;
    this.#recent = new Map();
    this.#weight = 0;
  }

  /** Lets go of all. */
  flushAll(write: WriteDocument): void {
    this.flush(write);
    this.flush(write);
  }

  /** Whether it has the document in memory. */
  has(collection: string, id: string): boolean {
    return [this.#recent, this.#resting].some((documents) => documents.get(collection)?.has(id) === true);
  }

  #check({ collection, $delete }: Change): void {
    const declared = this.view.collections[collection];
    if (declared === undefined) throw new Error(`${this.view.name} has no ${collection}`);
    if ($delete === true && declared.deletes !== true) throw new Error(`${collection} keeps its documents`);
  }

  #open(collection: string, id: string, load: LoadDocument): BufferedDocument {
    const recent = documentsOf(this.#recent, collection);
    const known = recent.get(id);
    if (known !== undefined) return known;
    const resting = documentsOf(this.#resting, collection);
    const document = resting.get(id) ?? load(collection, id) ?? new BufferedDocument(undefined, {});
    resting.delete(id);
    recent.set(id, document);
    return document;
  }
}

const documentsOf = (collections: Collections, collection: string): Map<string, BufferedDocument> => {
  const known = collections.get(collection);
  if (known !== undefined) return known;
  const documents = new Map<string, BufferedDocument>();
  collections.set(collection, documents);
  return documents;
};

/** In the order of ids, so that neighbours in the file are written together. */
const writeChanged = (collections: Collections, write: WriteDocument): void => {
  for (const [collection, documents] of collections) {
    const changed = [...documents].filter(([, { isChanged }]) => isChanged);
    changed.sort(([left], [right]) => (left < right ? -1 : 1));
    for (const [id, document] of changed) write(collection, id, document);
  }
};
