import type { AppliedEvent } from '../../../application/ports/views.js';
import type { Change } from '../../../projections/projection.js';
import { type Fields, fold, weightOf } from './fold.js';

/** A document under way: its fields, and the highest position applied to it in each partition. */
export class OpenDocument {
  #current: AppliedEvent | undefined;
  isChanged = false;

  constructor(
    readonly fields: Fields,
    readonly marks: Record<string, string>,
  ) {}

  /** Leaves out what was applied before; the changes of one event belong together. */
  take(partition: string, event: AppliedEvent, change: Change): boolean {
    if (event !== this.#current) {
      if (event.position <= (this.marks[partition] ?? '')) return false;
      this.#current = event;
      this.marks[partition] = event.position;
      this.isChanged = true;
    }
    fold(this.fields, change);
    return true;
  }
}

/** Gives a document as it was kept; undefined if there is none. */
export type LoadDocument = (collection: string, id: string) => OpenDocument | undefined;
export type WriteDocument = (collection: string, id: string, document: OpenDocument) => void;

type Collections = Map<string, Map<string, OpenDocument>>;

/** Documents that events are folded into in memory, before they are written. */
export class OpenDocuments {
  #recent: Collections = new Map();
  /** Not touched since the last `settle`. */
  #resting: Collections = new Map();
  #weight = 0;

  /** About how many bytes were folded in since the last `settle`. */
  get weight(): number {
    return this.#weight;
  }

  /** @throws Error for a change that can't be folded; what was folded before it stays so */
  take(partition: number, events: readonly AppliedEvent[], load: LoadDocument): void {
    const mark = String(partition);
    for (const event of events) {
      for (const change of event.changes) {
        const isTaken = this.#open(change.collection, change.id, load).take(mark, event, change);
        if (isTaken) this.#weight += weightOf(change);
      }
    }
  }

  /**
   * Lets go of the documents that no event has touched since the last time: `write` is given those that have changed.
   * Streams under way keep their documents open, which is why they are not all let go at once.
   */
  settle(write: WriteDocument): void {
    writeChanged(this.#resting, write);
    this.#resting = this.#recent;
    this.#recent = new Map();
    this.#weight = 0;
  }

  /** Lets go of all. */
  settleAll(write: WriteDocument): void {
    this.settle(write);
    this.settle(write);
  }

  #open(collection: string, id: string, load: LoadDocument): OpenDocument {
    const recent = documentsOf(this.#recent, collection);
    const known = recent.get(id);
    if (known !== undefined) return known;
    const resting = documentsOf(this.#resting, collection);
    const document = resting.get(id) ?? load(collection, id) ?? new OpenDocument({}, {});
    resting.delete(id);
    recent.set(id, document);
    return document;
  }
}

const documentsOf = (collections: Collections, collection: string): Map<string, OpenDocument> => {
  const known = collections.get(collection);
  if (known !== undefined) return known;
  const documents = new Map<string, OpenDocument>();
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
