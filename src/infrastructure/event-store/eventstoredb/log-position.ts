import { beginning, type Position } from '../../../application/ports/event-store.js';

/** As the protocol has it: two unsigned 64-bit numbers as decimal text. */
export interface LogPosition {
  readonly commit: string;
  readonly prepare: string;
}

/** Of the largest number of 64 bits. */
const digits = 20;

/**
 * Commit and prepare position, each in digits of one width, so that text order is the order of the log. Both are needed: the
 * commit position alone can skip an event (KurrentDB #4970).
 */
export const positionOf = ({ commit, prepare }: LogPosition): Position =>
  `${commit.padStart(digits, '0')}${prepare.padStart(digits, '0')}` as Position;

/** @returns nothing for the beginning @throws RangeError for what no store of this kind gave out */
export const logPositionOf = (position: Position): LogPosition | undefined => {
  if (position === beginning) return undefined;
  if (!/^\d{40}$/.test(position)) throw new RangeError(`${position} is no position of this event store`);
  return {
    commit: String(BigInt(position.slice(0, digits))),
    prepare: String(BigInt(position.slice(digits))),
  };
};
