import { expect, test } from 'vitest';
import { announcementLanguage, leastNotice, noticeOf, RecordingNotice } from './recording-notice.ts';
import { Country } from './values.ts';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('');
const countries = letters
  .flatMap((one) => letters.map((other) => one + other))
  .filter((code) => Country.safeParse(code).success);

test.each([
  ['DE', 'announcement'],
  ['US', 'announcement'],
  ['CA', 'announcement'],
  ['BR', 'beep'],
  ['JP', 'none'],
] as const)('%s demands at least: %s', (country, notice) => {
  expect(leastNotice(country)).toBe(notice);
});

test('the default is what the country demands, and a beep where it demands nothing', () => {
  const defaults = ['DE', 'BR', 'JP'].map((country) => noticeOf({ country, settings: {} }));
  expect(defaults).toEqual(['announcement', 'beep', 'beep']);
});

test('a setting counts unless the country demands more', () => {
  const of = (country: string) =>
    RecordingNotice.options.map((wanted) => noticeOf({ country, settings: { recording_notice: wanted } }));
  expect(of('JP')).toEqual(['none', 'beep', 'announcement']);
  expect(of('BR')).toEqual(['beep', 'beep', 'announcement']);
  expect(of('DE')).toEqual(['announcement', 'announcement', 'announcement']);
});

test('few countries demand nothing, and every country that the tables name exists', () => {
  expect(countries.filter((country) => leastNotice(country) === 'none')).toEqual(['IL', 'JP', 'KR', 'TW']);
  expect(countries.filter((country) => leastNotice(country) === 'announcement')).toHaveLength(57);
  expect(countries.filter((country) => announcementLanguage(country) !== 'en')).toHaveLength(82);
});

test('announcements are in the language of the country, else in English', () => {
  expect(['DE', 'MX', 'FR', 'IT', 'BE', 'BR', 'SE', 'US', 'NO'].map(announcementLanguage)).toEqual([
    ...['de', 'es', 'fr', 'it', 'nl', 'pt', 'sv', 'en', 'en'],
  ]);
});
