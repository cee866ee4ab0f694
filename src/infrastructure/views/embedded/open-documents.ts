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

/** Documents that events are folded into in memory, before they are written. */
export class OpenDocuments {
  readonly #collections = new Map<string, Map<string, OpenDocument>>();
  #weight = 0;

  /** About how many bytes were folded in. */
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

  /** In the order of collections and ids, so that neighbours in the file are written together. */
  *changed(): Generator<readonly [collection: string, id: string, document: OpenDocument]> {
    for (const [collection, documents] of this.#collections) {
      const changed = [...documents].filter(([, { isChanged }]) => isChanged);
      changed.sort(([left], [right]) => (left < right ? -1 : 1));
      for (const [id, document] of changed) yield [collection, id, document];
    }
  }

  clear(): void {
    this.#collections.clear();
    this.#weight = 0;
  }

  #open(collection: string, id: string, load: LoadDocument): OpenDocument {
    let documents = this.#collections.get(collection);
    if (documents === undefined) {
      documents = new Map();
      this.#collections.set(collection, documents);
    }
    let document = documents.get(id);
    if (document === undefined) {
      document = load(collection, id) ?? new OpenDocument({}, {});
      documents.set(id, document);
    }
    return document;
  }
}
