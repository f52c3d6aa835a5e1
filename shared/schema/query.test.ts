import { expect, test } from 'vitest';
import { flag, listOfWords, rangeEnd, rangeLast, rangeStart, wholeNumber } from './query.ts';

test('booleans are true and false, and nothing else', () => {
  expect([flag.parse('true'), flag.parse('false')]).toEqual([true, false]);
  for (const value of ['', '1', 'yes', 'TRUE']) expect(flag.safeParse(value).success).toBe(false);
});

test('an integer is within its bounds', () => {
  expect(wholeNumber(1, 500).parse('0500')).toBe(500);
  for (const value of ['', '0', '501', '-1', '1.0', '1e2', ' 1', '0x10', '9'.repeat(400)])
    expect(wholeNumber(1, 500).safeParse(value).success).toBe(false);
});

test('a list is separated by commas, without blanks and empty parts, and with known words only', () => {
  const words = listOfWords(['ips', 'routes']);
  expect(words.parse(' ips ,,routes')).toEqual(['ips', 'routes']);
  expect(words.parse('')).toEqual([]);
  expect(words.safeParse('ips,calls').success).toBe(false);
});

test('a range of instants includes its start and excludes its end; a range of days includes both', () => {
  expect([rangeStart.parse('2024-01-01'), rangeEnd.parse('2024-01-01')]).toEqual([
    '2024-01-01T00:00:00.000Z',
    '2024-01-01T23:59:59.999Z',
  ]);
  expect([rangeStart, rangeEnd, rangeLast].map((end) => end.parse('2024-01-01T12:00:00+02:00'))).toEqual([
    '2024-01-01T10:00:00.000Z',
    '2024-01-01T09:59:59.999Z',
    '2024-01-01T10:00:00.000Z',
  ]);
  for (const value of ['', 'yesterday', '2024-02-30', '2024-01', '1704067200'])
    expect(rangeStart.safeParse(value).success).toBe(false);
});
