import { count, object, type ShapeType, text } from './shape.js';

/** An amount in the minor unit of its currency (ISO 4217), from zero up. */
export const money = object({ amountMinor: count, currency: text });
export type Money = ShapeType<typeof money>;
