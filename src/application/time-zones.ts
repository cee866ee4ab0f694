import { defaultTimeZone } from '../domain/time-zone.js';

/** Asked for by everybody who names no zone: the calendars of others take 5 MB of memory when they are first used. */
const isUtc = (timeZone: string): boolean => timeZone === defaultTimeZone;

/** The name of a zone in the IANA time zone database as it is written there; undefined if there is none. */
export const timeZoneOf = (name: string): string | undefined => {
  if (isUtc(name)) return name;
  // Intl takes offsets too, which say nothing of summer.
  if (!/^[A-Za-z]/.test(name)) return undefined;
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    // A link is kept: it resolves to a zone of another name.
    return timeZone.toLowerCase() === name.toLowerCase() ? timeZone : name;
  } catch {
    return undefined;
  }
};

const dayMs = 86_400_000;

/**
 * The first moment of a day in a zone, in milliseconds since the epoch; of a day that the zone has left out, the first of the
 * one after it.
 * @param day the day's begin in UTC
 */
export const beginOfDay = (day: number, timeZone: string): number => {
  if (isUtc(timeZone)) return day;
  const calendar = { calendar: 'gregory', numberingSystem: 'latn' } as const;
  const date = { year: 'numeric', month: 'numeric', day: 'numeric' } as const;
  const format = new Intl.DateTimeFormat('en', { ...calendar, ...date, timeZone });
  const dayAt = (moment: number): number => {
    const parts = new Map(format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(parts.get('year') ?? 0, (parts.get('month') ?? 1) - 1, parts.get('day'));
  };
  // No zone is a day away from UTC. Some have no midnight on the day on which their summer begins.
  let [before, begin] = [day - dayMs, day + dayMs];
  while (begin - before > 1) {
    const middle = Math.floor((before + begin) / 2);
    if (dayAt(middle) < day) before = middle;
    else begin = middle;
  }
  return begin;
};
