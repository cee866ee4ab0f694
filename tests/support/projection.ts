import { expect } from 'chai';
import type { AppliedEvent } from '../../src/application/ports/views.js';
import { projectEvent } from '../../src/application/views/view-builder.js';
import { BufferedDocument, WriteBuffer } from '../../src/infrastructure/views/write-buffer.js';
import type { Projection, View } from '../../src/projections/projection.js';
import { catalogue, recorded, type Step } from './recorded.js';
import { thenStep } from './then.js';

/** Documents by collection and id. */
type DocumentsById = Record<string, Record<string, object>>;

type Batch = readonly AppliedEvent[];

interface KeptDocument {
  readonly fields?: Record<string, unknown>;
  readonly appliedPositions: Record<string, string>;
}

/** Documents as the view store folds them, kept in memory: from one batch to the next they are JSON. */
class KeptDocuments {
  readonly #texts = new Map<string, Map<string, string>>();

  constructor(private readonly view: View) {}

  apply(batch: Batch): void {
    const buffer = new WriteBuffer(this.view);
    buffer.apply(0, batch, (collection, id) => {
      const text = this.#texts.get(collection)?.get(id);
      if (text === undefined) return undefined;
      const { fields, appliedPositions }: KeptDocument = JSON.parse(text);
      return new BufferedDocument(fields, appliedPositions);
    });
    buffer.flushAll((collection, id, { isThere, fields, appliedPositions }) => {
      const texts = this.#texts.get(collection) ?? new Map<string, string>();
      const kept: KeptDocument = { ...(isThere && { fields }), appliedPositions };
      this.#texts.set(collection, texts.set(id, JSON.stringify(kept)));
    });
  }

  get all(): DocumentsById {
    const documents: DocumentsById = {};
    for (const [collection, texts] of this.#texts) {
      documents[collection] = Object.fromEntries([...texts].map(([id, text]) => [id, JSON.parse(text).fields]));
    }
    return documents;
  }
}

/** How a feed may bring the same events: in other batches, again after a crash, an older one after a newer one. */
const deliveries = (events: Batch): readonly (readonly [how: string, batches: readonly Batch[]])[] => [
  ['in one batch', [events]],
  ['one by one', events.map((event) => [event])],
  ['all twice', [events, events]],
  ['from the first on after each', events.map((_, index) => events.slice(0, index + 1))],
  ['each again behind the last, the newest first', [events, ...events.toReversed().map((event) => [event])]],
];

/** Event types that a projection was given. */
const covered = new Map<Projection, Set<string>>();

/** Event types that a projection handles and was never given. */
export const uncovered = (projection: Projection): readonly string[] =>
  Object.keys(projection.handlers).filter((type) => covered.get(projection)?.has(type) !== true);

/** Given events, then the documents of a projection, however often and in whatever batches the events come. */
export const given = (projection: Projection, steps: readonly Step[]) => {
  const events = recorded(steps).map((event) => projectEvent(catalogue, projection, event));
  const types = covered.get(projection) ?? new Set();
  covered.set(projection, types);
  for (const [, { type }] of steps) types.add(type);
  return thenStep((expected: DocumentsById) => {
    for (const [how, batches] of deliveries(events)) {
      const documents = new KeptDocuments(projection);
      for (const batch of batches) documents.apply(batch);
      expect(documents.all, how).to.deep.equal(expected);
    }
  });
};
