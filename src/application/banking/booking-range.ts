import { InvalidFilter } from '../pages.js';

export interface BookingDates {
  /** Days in UTC, `YYYY-MM-DD`, both inclusive. */
  readonly fromBookingDate?: string;
  readonly toBookingDate?: string;
}

/** From a moment on, and before a moment, in milliseconds since the epoch. */
export interface BookingRange {
  readonly from: number;
  readonly before: number;
}

const dayMs = 86_400_000;

const beginOf = (field: keyof BookingDates, day: string): number => {
  const begin = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  // Some days that don't exist are read as others: 30 February as 2 March.
  if (Number.isNaN(begin) || new Date(begin).toISOString().slice(0, 10) !== day) {
    throw new InvalidFilter(field, 'is no day of the calendar, YYYY-MM-DD');
  }
  return begin;
};

/** @throws InvalidFilter */
export const bookingRange = ({ fromBookingDate, toBookingDate }: BookingDates): BookingRange => {
  const from = fromBookingDate === undefined ? 0 : beginOf('fromBookingDate', fromBookingDate);
  const before =
    toBookingDate === undefined ? Number.MAX_SAFE_INTEGER : beginOf('toBookingDate', toBookingDate) + dayMs;
  if (before <= from) throw new InvalidFilter('toBookingDate', 'is before fromBookingDate');
  return { from, before };
};
