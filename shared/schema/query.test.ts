import { expect, test } from 'vitest';
import { flag, listOfWords, wholeNumber } from './query.ts';

test('booleans are true and false, and nothing else', () => {
  expect([flag.parse('true'), flag.parse('false')]).toEqual([true, false]);
  for (const value of ['', '1', 'yes', 'TRUE']) expect(flag.safeParse(value).success).toBe(false);
});

test('a whole number within its bounds', () => {
  expect(wholeNumber(1, 500).parse('0500')).toBe(500);
  for (const value of ['', '0', '501', '-1', '1.0', '1e2', ' 1', '0x10', '9'.repeat(400)]) expect(wholeNumber(1, 500).safeParse(value).success).toBe(false);
});

test('a list is separated by commas; blanks and empty parts do not count, unknown words do', () => {
  const words = listOfWords(['ips', 'routes']);
  expect(words.parse(' ips ,,routes')).toEqual(['ips', 'routes']);
  expect(words.parse('')).toEqual([]);
  expect(words.safeParse('ips,calls').success).toBe(false);
});
