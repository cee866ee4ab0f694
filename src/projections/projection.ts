import type { EventType } from '../domain/event.js';

/** An event as a projection sees it. */
export interface DecodedEvent<Data = unknown> {
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly revision: bigint;
  /** Opaque, increasing in its partition. */
  readonly position: string;
  /** Milliseconds since the epoch. */
  readonly recordedAt: number;
  readonly correlationId: string;
  readonly data: Data;
}

type Values = Readonly<Record<string, unknown>>;

/** Update of one document by id, in MongoDB's operators; a document that isn't there yet begins empty. */
export interface Change {
  readonly collection: string;
  readonly id: string;
  readonly $set?: Values;
  readonly $inc?: Readonly<Record<string, number>>;
  readonly $max?: Values;
  readonly $min?: Values;
  readonly $push?: Values;
  readonly $unset?: Values;
  /**
   * Removes the document, and nothing else of the change counts; a later change makes it anew. In collections that say so
   * only.
   */
  readonly $delete?: true;
}

/** Fields of an index in order; `-field` is descending. */
export type Index = readonly string[];

export interface Collection {
  readonly indexes: readonly Index[];
  /** Whether changes may delete documents of it: a store without transactions takes more care of these. */
  readonly deletes?: true;
}

/** A read model's documents, whatever makes them. */
export interface View {
  readonly name: string;
  /** Raised when the documents' shape or meaning changes: a new version is built beside the old. */
  readonly version: number;
  /** A reader who sees a change in one of them sees what came up to it in those that are declared ahead and never delete. */
  readonly collections: Readonly<Record<string, Collection>>;
}

/** A read model as data: pure functions from an event to changes of documents. */
export interface Projection extends View {
  readonly handlers: Readonly<Record<string, (event: DecodedEvent<never>) => readonly Change[]>>;
}

type DataOf<T> = T extends EventType<infer Data> ? Data : never;

/** The handlers of a projection over some event types, each typed by its event. */
export type HandlersOf<Types> = {
  readonly [Type in keyof Types]?: (event: DecodedEvent<DataOf<Types[Type]>>) => readonly Change[];
};
