import type { Change, View } from '../../projections/projection.js';
import type { Position } from './event-store.js';

/** The changes that one event makes, in the order of the feed. */
export interface AppliedEvent {
  readonly position: Position;
  readonly changes: readonly Change[];
}

export type Scalar = string | number | boolean | null;

/**
 * Conditions on fields, all of which must hold. A field is compared with values of its own kind only; one that is
 * missing counts as null. `a.b` is the field `b` inside the field `a`.
 */
export type Where = Readonly<
  Record<
    string,
    | Scalar
    | {
        readonly $gt?: Scalar;
        readonly $gte?: Scalar;
        readonly $lt?: Scalar;
        readonly $lte?: Scalar;
        readonly $in?: readonly Scalar[];
      }
  >
>;

export interface Query {
  readonly where?: Where;
  /** Fields in order; `-field` is descending. Ends with `_id` by itself. */
  readonly sort?: readonly string[];
  /** From 1 up. */
  readonly limit: number;
}

/** The generation of a view that readers are given. */
export interface LiveView {
  readonly version: number;
  /** How far it has been brought, by partition; `beginning`, or none, where it never was. */
  readonly checkpoints: readonly Position[];
}

/** A view document as readers see it: `_id` and the view's fields, without the positions applied. */
export type ViewDocument = Readonly<Record<string, unknown>> & { readonly _id: string };

/**
 * Read models. Each document carries, per partition, the highest position applied to it; a change is written only if
 * its event's position is higher. A deleted document leaves nothing: streams that share one with others must not delete
 * it, or an event that was parked in one of them would make it anew. Every adapter passes `tests/contract/view-store.contract.ts`.
 */
export interface ViewStore {
  /** The generation that readers are given, of whatever version it is: none before the first is promoted, or once lost. */
  live(view: View): Promise<LiveView | undefined>;
  /**
   * Applies events of one partition and moves the view's checkpoint there to `upTo`, never backwards. Twice, or in
   * other cuts, leads to the same documents.
   * @param from where the events begin: they are all of the partition that the view wants between it and `upTo`.
   * The checkpoint must be there at least, and what is not behind it was applied before: it is dropped, so that none of it
   * brings back a document that was deleted since. Left out for an event that is taken apart from the others: it is
   * applied to each document that no later event of its partition has touched; one that was deleted doesn't remember.
   * @throws OtherGeneration when the live generation is of another version, or none is
   * @throws ViewBehind when the checkpoint is before `from`
   */
  apply(view: View, partition: number, events: readonly AppliedEvent[], upTo: Position, from?: Position): Promise<void>;
  /** How many documents readers are given, in all collections. */
  count(view: View): Promise<number>;
  /**
   * Readers are given the live generation, of whatever version it is, till a newer one is promoted.
   * @throws ViewsUnavailable while there is none
   */
  get(view: View, collection: string, id: string): Promise<ViewDocument | undefined>;
  find(view: View, collection: string, query: Query): Promise<readonly ViewDocument[]>;
  /**
   * Opens an empty generation beside the live one; `apply` on the handle fills it, `promote` makes it the live one in one
   * step. Readers see the old one till then.
   * @param token of the lease that it is made under; none where nobody else can make one
   */
  rebuild(view: View, token?: number): Promise<Rebuild>;
  /** Drops what earlier holders of the lease left in the making: their tokens are lower. */
  dropUnfinished(view: View, before: number): Promise<void>;
  /**
   * Drops the generations that were taken from readers so long ago that none reads on in them, and what writers that died or
   * came too late left behind.
   */
  dropRetired(view: View, olderThanMs: number): Promise<void>;
  close(): Promise<void>;
}

export interface Rebuild {
  apply(partition: number, events: readonly AppliedEvent[], upTo: Position): Promise<void>;
  /** Every document of the generation in the making, in the order of `_id`. */
  documents(collection: string): AsyncIterable<ViewDocument>;
  /**
   * Gives it to readers and retires the old one, which those who read in it just now may finish with.
   * @throws OtherGeneration when it is gone, or a later holder of the lease has begun another
   */
  promote(): Promise<void>;
  discard(): Promise<void>;
}

/** No generation of this version of the view is live, or the one in the making is gone: rebuild. */
export class OtherGeneration extends Error {
  override readonly name = 'OtherGeneration';
  constructor(view: Pick<View, 'name' | 'version'>) {
    super(`version ${view.version} of ${view.name} isn't live`);
  }
}

/** The documents were lost, or taken back to an older state: events before those of the batch are missing in them. */
export class ViewBehind extends Error {
  override readonly name = 'ViewBehind';
  constructor(view: Pick<View, 'name'>, checkpoint: Position, from: Position) {
    super(`${view.name} is at ${checkpoint || 'the beginning'}, not yet at ${from}`);
  }
}

/** The views can't be read now: not made yet, away, or thrown away to be made again. */
export class ViewsUnavailable extends Error {
  override readonly name = 'ViewsUnavailable';
}
