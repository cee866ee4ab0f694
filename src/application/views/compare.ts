import { isDeepStrictEqual } from 'node:util';
import type { View } from '../../projections/projection.js';
import type { Rebuild, ViewDocument, ViewStore } from '../ports/views.js';

export interface Difference {
  readonly collection: string;
  readonly id: string;
  /** What is wrong with the document that readers see. */
  readonly problem: 'missing' | 'unexpected' | 'different';
  /** Fields in which it differs. */
  readonly fields?: readonly string[];
}

export interface Comparison {
  readonly documents: number;
  readonly differences: readonly Difference[];
}

const pageSize = 500;

async function* liveDocuments(views: ViewStore, view: View, collection: string) {
  for (let after: string | undefined; ; ) {
    const where = after === undefined ? {} : { _id: { $gt: after } };
    const page = await views.find(view, collection, { where, limit: pageSize });
    yield* page;
    if (page.length < pageSize) return;
    after = page.at(-1)?._id;
  }
}

/** Stores order ids by their UTF-8 bytes, JavaScript by its 16-bit units. */
const order = (left: string, right: string): number => Buffer.compare(Buffer.from(left), Buffer.from(right));

const differing = (left: ViewDocument, right: ViewDocument): readonly string[] =>
  [...new Set([...Object.keys(left), ...Object.keys(right)])].filter(
    (field) => !isDeepStrictEqual(left[field], right[field]),
  );

/** Compares the documents that readers see with those that the events make, and names each that differs. */
export const compare = async (views: ViewStore, view: View, shadow: Rebuild): Promise<Comparison> => {
  const differences: Difference[] = [];
  let documents = 0;
  for (const collection of Object.keys(view.collections)) {
    const seen = liveDocuments(views, view, collection);
    const right = shadow.documents(collection)[Symbol.asyncIterator]();
    let live = await seen.next();
    let due = await right.next();
    while (live.done !== true || due.done !== true) {
      documents++;
      const side = live.done === true ? 1 : due.done === true ? -1 : order(live.value._id, due.value._id);
      if (side > 0 && due.done !== true) {
        differences.push({ collection, id: due.value._id, problem: 'missing' });
      } else if (side < 0 && live.done !== true) {
        differences.push({ collection, id: live.value._id, problem: 'unexpected' });
      } else if (live.done !== true && due.done !== true) {
        const fields = differing(live.value, due.value);
        if (fields.length > 0) differences.push({ collection, id: live.value._id, problem: 'different', fields });
      }
      if (side <= 0) live = await seen.next();
      if (side >= 0) due = await right.next();
    }
  }
  return { documents, differences };
};
