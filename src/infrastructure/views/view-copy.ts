import type { Position } from '../../application/ports/event-store.js';
import type { BufferedDocument } from './write-buffer.js';

/**
 * A view on its way to another store, copied while others write to it: documents may be ahead of the checkpoints, each by
 * the positions that it carries, and none is behind. Brought on from the checkpoints it is as if copied at one moment.
 */
export interface ViewCopy {
  readonly checkpoints: readonly Position[];
  readonly documents: AsyncIterable<{
    readonly collection: string;
    readonly id: string;
    readonly document: BufferedDocument;
  }>;
}
