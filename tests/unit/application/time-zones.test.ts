import { expect } from 'chai';
import { beginOfDay, timeZoneOf } from '../../../src/application/time-zones.js';

const begin = (day: string, timeZone: string): string =>
  new Date(beginOfDay(Date.parse(`${day}T00:00:00Z`), timeZone)).toISOString();

describe('time zones', () => {
  it('are those of the IANA database, in its letter case; links keep their names, and offsets are none', () => {
    expect(timeZoneOf('europe/lisbon')).to.equal('Europe/Lisbon');
    expect(timeZoneOf('UTC')).to.equal('UTC');
    expect(timeZoneOf('Asia/Kolkata')).to.equal('Asia/Kolkata');
    for (const name of ['+01:00', 'Mars/Base', '', 'Europe', ' UTC'])
      expect(timeZoneOf(name), name).to.equal(undefined);
  });

  for (const [day, timeZone, expected] of [
    ['2026-07-01', 'UTC', '2026-07-01T00:00:00.000Z'],
    ['2026-07-01', 'Europe/Lisbon', '2026-06-30T23:00:00.000Z'],
    ['2026-01-01', 'Europe/Lisbon', '2026-01-01T00:00:00.000Z'],
    ['2026-01-01', 'Asia/Kolkata', '2025-12-31T18:30:00.000Z'],
    ['2026-01-01', 'Pacific/Kiritimati', '2025-12-31T10:00:00.000Z'],
    ['1970-01-01', 'Asia/Tokyo', '1969-12-31T15:00:00.000Z'],
    ['9999-12-31', 'America/New_York', '9999-12-31T05:00:00.000Z'],
    // Its clocks went from 00:00 to 01:00.
    ['2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00:00.000Z'],
    // It left the day out, on its way over the date line.
    ['2011-12-30', 'Pacific/Apia', '2011-12-30T10:00:00.000Z'],
    ['2011-12-31', 'Pacific/Apia', '2011-12-30T10:00:00.000Z'],
  ] as const) {
    it(`${day} begins in ${timeZone} at ${expected}`, () => expect(begin(day, timeZone)).to.equal(expected));
  }
});
