import { defaultTimeZone } from '../../domain/time-zone.js';
import { InvalidFilter } from '../pages.js';
import { beginOfDay, timeZoneOf } from '../time-zones.js';

export interface BookingDates {
  /** Days, `YYYY-MM-DD`, both inclusive. */
  readonly fromBookingDate?: string;
  readonly toBookingDate?: string;
  /** Whose days they are: a name of the IANA database, `UTC` where it is left out. */
  readonly timeZone?: string;
}

/** From a moment on, and before a moment, in milliseconds since the epoch. */
export interface BookingRange {
  readonly from: number;
  readonly before: number;
}

const dayMs = 86_400_000;

/** The day's begin in UTC. */
const dayOf = (field: 'fromBookingDate' | 'toBookingDate', text: string): number => {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // Some days that don't exist are read as others: 30 February as 2 March.
  if (Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== text) {
    throw new InvalidFilter(field, 'is no day of the calendar, YYYY-MM-DD');
  }
  return day;
};

/** @throws InvalidFilter */
export const bookingRange = (dates: BookingDates): BookingRange => {
  const { fromBookingDate, toBookingDate, timeZone = defaultTimeZone } = dates;
  const zone = timeZoneOf(timeZone);
  if (zone === undefined) throw new InvalidFilter('timeZone', 'is no time zone of the IANA database');
  const first = fromBookingDate === undefined ? undefined : dayOf('fromBookingDate', fromBookingDate);
  const last = toBookingDate === undefined ? undefined : dayOf('toBookingDate', toBookingDate);
  if (first !== undefined && last !== undefined && last < first) {
    throw new InvalidFilter('toBookingDate', 'is before fromBookingDate');
  }
  return {
    from: first === undefined ? 0 : beginOfDay(first, zone),
    before: last === undefined ? Number.MAX_SAFE_INTEGER : beginOfDay(last + dayMs, zone),
  };
};
