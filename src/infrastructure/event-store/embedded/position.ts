import { beginning, type Position } from '../../../application/ports/event-store.js';

const digits = 16;

/** A row's number as a position: hex digits of one width, so that text order is number order. */
export const positionOf = (row: number): Position =>
  row === 0 ? beginning : (row.toString(16).padStart(digits, '0') as Position);

/** @throws RangeError for what no store of this kind gave out */
export const rowOf = (position: Position): number => {
  if (position === beginning) return 0;
  const row = /^[0-9a-f]{16}$/.test(position) ? Number.parseInt(position, 16) : Number.NaN;
  if (!Number.isSafeInteger(row)) throw new RangeError(`${position} is no position of this event store`);
  return row;
};
