import Holidays from 'date-holidays';
import { expect, test } from 'vitest';
import { HolidaysAnswer, holidaysOf, yearIn, type HolidayPlace } from './holidays.ts';

const datesOf = (place: HolidayPlace, type = 'public') =>
  holidaysOf(place)
    .holidays.filter((each) => each.type === type)
    .map(({ date, name }) => `${date} ${name}`);

test('a country has its public holidays, and a region those of its own besides', () => {
  const germany = { country: 'DE', year: 2027, language: 'de' };
  const all = datesOf(germany);
  expect(all).toContain('2027-10-03 Tag der Deutschen Einheit');
  expect(all).not.toContain('2027-01-06 Heilige Drei Könige');
  expect(datesOf({ ...germany, region: 'BY' })).toEqual(
    expect.arrayContaining([...all, '2027-01-06 Heilige Drei Könige']),
  );
  expect(datesOf({ ...germany, region: 'by-a' })).toContain('2027-08-08 Augsburger Friedensfest');
});

test('the answer lists the regions by whose codes it is asked', () => {
  const { regions } = holidaysOf({ country: 'DE', year: 2027, language: 'en' });
  expect(regions).toContainEqual({ code: 'BY', name: expect.any(String) });
  expect(regions).toContainEqual({ code: 'BY-A', name: expect.stringContaining(': ') });
  for (const { code } of regions) expect(holidaysOf({ country: 'DE', year: 2027, region: code }).region).toBe(code);
});

test('a holiday of several days has an entry for each, in days of 23 and 25 hours, too', () => {
  expect(datesOf({ country: 'SA', year: 2027, language: 'en' }).slice(1, 5)).toEqual([
    expect.stringMatching(/^2027-03-09 /),
    expect.stringMatching(/^2027-03-10 /),
    expect.stringMatching(/^2027-03-11 /),
    expect.stringMatching(/^2027-03-12 /),
  ]);
  // Clocks change on this Easter Sunday.
  expect(datesOf({ country: 'GB', region: 'ENG', year: 2027 }, 'observance')).toContain('2027-03-28 Easter Sunday');
  expect(datesOf({ country: 'GB', region: 'ENG', year: 2027 }, 'observance').join()).not.toContain(
    '03-29 Easter Sunday',
  );
});

test('a holiday of hours says when it begins', () => {
  const { holidays } = holidaysOf({ country: 'DE', year: 2027, language: 'en' });
  expect(holidays).toContainEqual(expect.objectContaining({ date: '2027-12-24', type: 'bank', from: '14:00' }));
  expect(holidays).toContainEqual(expect.objectContaining({ date: '2027-12-25', type: 'public', from: null }));
});

test.each([
  ['ja', 'JP', '元日'],
  ['nb-NO', 'NO', 'Første nyttårsdag'],
  ['de-CH', 'CH', 'Neujahr'],
  ['fr-CA', 'CH', 'Nouvel An'],
  [undefined, 'IT', 'Capodanno'],
  ['xx', 'IT', 'Capodanno'],
])('names in %s of %s', (language, country, name) => {
  expect(datesOf({ country, year: 2027, language })[0]).toBe(`2027-01-01 ${name}`);
});

test.each(['ZZ', 'BY-ZZ', '-', 'constructor', '__proto__'])('the region %s is rejected by its path', (region) => {
  expect(() => holidaysOf({ country: 'DE', year: 2027, region })).toThrow(
    expect.objectContaining({ code: 'INVALID_PARAMETER', details: [expect.objectContaining({ path: 'region' })] }),
  );
});

test('the present year begins with that of the zone', () => {
  const newYearsEve = new Date('2026-12-31T10:00:00Z');
  expect([yearIn('Pacific/Kiritimati', newYearsEve), yearIn('America/New_York', newYearsEve)]).toEqual([2027, 2026]);
});

test('a country that the list does not have has no holidays', () => {
  expect(holidaysOf({ country: 'AQ', year: 2027 })).toMatchObject({ regions: [], holidays: [] });
});

test.each([2000, 2027, 2099])(
  'every country of the list has valid days of the year %i, in order, each once',
  (year) => {
    const countries = Object.keys(new Holidays().getCountries());
    expect(countries.length).toBeGreaterThan(200);
    for (const country of countries) {
      const answer = HolidaysAnswer.parse(holidaysOf({ country, year }));
      const days = answer.holidays.map(({ date, name }) => `${date} ${name}`);
      expect(new Set(days).size, country).toBe(days.length);
      expect(
        answer.holidays.every(({ date }) => date.startsWith(`${year}-`)),
        country,
      ).toBe(true);
      expect(answer.holidays, country).toEqual(answer.holidays.toSorted((a, b) => a.date.localeCompare(b.date)));
    }
  },
);
