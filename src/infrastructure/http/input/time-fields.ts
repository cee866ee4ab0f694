import { timeZoneOf } from '../../../application/time-zones.js';
import { type RuleOptions, rule } from './rule.js';

const instant =
  /^(\d{4})-(\d\d)-(\d\d)[Tt]([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const date = /^(\d{4})-(\d\d)-(\d\d)$/;

const isOnCalendar = (match: RegExpExecArray | null): boolean => {
  if (match === null) return false;
  const [, year, month, day] = match.map(Number);
  if (year === undefined || month === undefined || day === undefined) return false;
  if (year < 1970 || month < 1 || month > 12 || day < 1) return false;
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
};

/** What RFC 3339 can say in UTC: a year has four digits. */
const lastInstantMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Whether a text is a moment that exists, with its offset (RFC 3339 date-time), from 1970 to 9999 in UTC. */
export const isInstant = (text: string): boolean =>
  isOnCalendar(instant.exec(text)) && instantMs(text) >= 0 && instantMs(text) <= lastInstantMs;

/** A moment with its offset (RFC 3339 date-time) from 1970 to 9999; read it with `instantMs`. */
export const IsInstant = (options?: RuleOptions): PropertyDecorator =>
  rule(
    {
      name: 'isInstant',
      message: 'must be an existing date and time with its offset, such as 2030-05-04T19:30:00Z',
      schema: { type: 'string', format: 'date-time' },
      isValid: (value) => typeof value === 'string' && isInstant(value),
    },
    options,
  );

/** A day of the calendar (RFC 3339 full-date) from 1970 on. */
export const IsCalendarDate = (options?: RuleOptions): PropertyDecorator =>
  rule(
    {
      name: 'isCalendarDate',
      message: 'must be an existing date, such as 2030-05-04',
      schema: { type: 'string', format: 'date' },
      isValid: (value) => typeof value === 'string' && isOnCalendar(date.exec(value)),
    },
    options,
  );

/** A zone's name in the IANA time zone database; letters are brought into the case that they have there. */
export const IsTimeZone = (options?: RuleOptions): PropertyDecorator =>
  rule(
    {
      name: 'isTimeZone',
      message: 'must be a time zone of the IANA database such as Europe/Lisbon',
      schema: { type: 'string', maxLength: 64, pattern: '^[A-Za-z]' },
      normalise: (text) => timeZoneOf(text) ?? text,
      isValid: (value) => typeof value === 'string' && timeZoneOf(value) !== undefined,
    },
    options,
  );

/** Milliseconds since the epoch of a text that `IsInstant` or `isInstant` let pass. */
export const instantMs = (text: string): number => Date.parse(text.toUpperCase());
