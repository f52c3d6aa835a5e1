import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '#test/support/property-runs.ts';
import { announcementLanguages } from '#schema/recording-notice.ts';
import { platformFile } from './platform-sounds.ts';
import { promptSounds, spokenCount, spokenDigits, spokenMessages, spokenTime } from './spoken.ts';

const zone = 'Europe/Berlin';
/** A Tuesday, 21:05 in Berlin. */
const now = Date.parse('2026-11-24T20:05:00Z');
const said = (language: (typeof announcementLanguages)[number], time: string): string =>
  spokenTime(language, { time: Date.parse(time), now, zone }).join(' ');

test.each([
  ['2026-11-24T13:21:00Z', 'de', 'today at-hour number-14 hours number-21'],
  ['2026-11-24T00:00:00Z', 'de', 'today hour-1'],
  ['2026-11-23T08:05:00Z', 'de', 'yesterday at-hour number-9 hours number-5'],
  ['2026-11-22T08:05:00Z', 'en', 'sunday at-hour number-9 number-0 number-5'],
  ['2026-11-18T13:00:00Z', 'en', 'wednesday at-hour number-14 on-the-hour'],
  ['2026-11-17T13:00:00Z', 'en', 'on-day day-17 november at-hour number-14 on-the-hour'],
  ['2026-10-01T19:21:00Z', 'es', 'on-day day-1 october hour-21 and-minutes number-21'],
  ['2026-10-02T18:05:00Z', 'es', 'on-day number-2 october at-hour number-20 and-minutes number-5'],
  ['2026-11-24T20:01:00Z', 'fr', 'today hour-21 number-1'],
  ['2026-11-24T00:00:00Z', 'it', 'today hour-1'],
  ['2026-03-01T11:30:00Z', 'nl', 'on-day number-1 march at-hour number-12 hours number-30'],
  ['2026-11-24T01:00:00Z', 'pt', 'today hour-2'],
  ['2026-11-01T11:05:00Z', 'sv', 'on-day day-1 november at-hour number-12 number-0 number-5'],
  // It came in the last hour of summer time.
  ['2026-10-25T00:30:00Z', 'de', 'on-day day-25 october at-hour number-2 hours number-30'],
] as const)('a message of %s came, in %s: %s', (time, language, names) => {
  expect(said(language, time)).toBe(names);
});

test('numbers are said digit by digit, and how many are said as a number', () => {
  expect(spokenDigits('+49 30*7#')).toEqual('plus number-4 number-9 number-3 number-0 star number-7 hash'.split(' '));
  expect([spokenCount(0), spokenCount(59), spokenCount(60)]).toEqual([
    ['number-0'],
    ['number-59'],
    ['more-than', 'number-59'],
  ]);
  expect([0, 1, 7].map((count) => spokenMessages('new', count))).toEqual([
    ['no-new-messages'],
    ['one-new-message'],
    ['new-messages', 'number-7'],
  ]);
});

test('every language has all words of every count, number and time', () => {
  const instants = fc.integer({ min: Date.parse('2020-01-01'), max: Date.parse('2030-01-01') });
  const sayings = fc.tuple(fc.constantFrom(...announcementLanguages), instants, fc.nat(2_000), fc.boolean());
  fc.assert(
    fc.property(sayings, ([language, time, count, isNew]) => {
      const names = [
        ...spokenTime(language, { time, now: time + count * 3_600_000, zone: 'America/St_Johns' }),
        ...spokenMessages(isNew ? 'new' : 'saved', count % 100),
        ...spokenDigits(`+${time}*#`),
      ];
      for (const sound of promptSounds(language, names))
        expect(platformFile(sound).milliseconds, `${language} ${sound.name}`).toBeGreaterThan(0);
    }),
    { numRuns: runs(300) },
  );
});
