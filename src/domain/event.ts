import { type Fields, type FieldsType, object, type Shape, type ShapeType } from './shape.js';

/** Brings the payload of an older version up to the next one. */
// biome-ignore lint/suspicious/noExplicitAny: the shapes of old versions live only in their upcasters
export type Upcast = (data: any) => unknown;

/** One kind of event: its version of today, its payload, and how each older version is brought up to it. */
export interface EventType<Data> {
  readonly version: number;
  readonly data: Shape<Data>;
  /** `upcasts[n]` brings version n to n + 1; every version below today's has one. */
  readonly upcasts: Readonly<Record<number, Upcast>>;
}

export const event = <F extends Fields>(
  version: number,
  fields: F,
  upcasts: Readonly<Record<number, Upcast>> = {},
): EventType<FieldsType<F>> => ({ version, data: object(fields), upcasts });

/** Event types by their stored name, past tense, e.g. `PlacesHeld`. Names are unique over all modules. */
export type EventTypes = Readonly<Record<string, EventType<unknown>>>;

/** The union of the events that a table of event types declares. */
export type EventOf<Types extends EventTypes> = {
  [Type in keyof Types & string]: { readonly type: Type; readonly data: ShapeType<Types[Type]['data']> };
}[keyof Types & string];

export interface DomainEvent {
  readonly type: string;
  readonly data: unknown;
}
