import type { Position } from '../../../application/ports/event-store.js';
import { BufferedDocument } from '../write-buffer.js';

/**
 * The positions applied by partition, and whether the document is hidden from readers. A value is never written twice for
 * one id: positions grow, and a document that is hidden, or begins again where one was deleted, has a mark of its own.
 * So a write whose condition is what was read can't meet another state of the document.
 */
export interface Applied {
  readonly [partition: string]: unknown;
  readonly hidden?: Hidden;
}

/** Not confirmed yet, or deleted and on its way out. */
export interface Hidden {
  readonly as: 'new' | 'deleted';
  readonly mark: string;
}

export interface StoredDocument {
  readonly _id: string;
  readonly [field: string]: unknown;
  readonly applied: Applied;
}

/** What readers are given. */
export const isShown = { 'applied.hidden': null };

export const marksOf = ({ hidden: _, ...marks }: Applied): Record<string, Position> =>
  marks as Record<string, Position>;

/** A document as it stands in memory while a batch is applied. */
export const bufferedOf = ({ _id, applied, ...fields }: StoredDocument): BufferedDocument =>
  new BufferedDocument(applied.hidden?.as === 'deleted' ? undefined : fields, marksOf(applied));
