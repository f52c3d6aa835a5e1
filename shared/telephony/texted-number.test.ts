import { expect, test } from 'vitest';
import { readTextedNumber } from './texted-number.ts';

test.each([
  ['+46701234567', '+46701234567'],
  ['070-123 45 67', '+46701234567'],
  ['004915112345678', '+4915112345678'],
  ['+14155550100', '+14155550100'],
])('%s is the number of a mobile phone', (text, number) => {
  expect(readTextedNumber(text, { country: 'SE' })).toBe(number);
});

test.each([
  ['a fixed line', '+4690510000'],
  ['a premium number', '+46900123456'],
  ['a premium number of a mobile range', '+447091234567'],
  ['a personal number', '+447012345678'],
  ['a short number', '72500'],
  ['an emergency number', '112'],
  ['an extension', '204'],
  ['a number that does not exist', '+46700'],
  ['two numbers', '+46701234567+46762723477'],
  ['a number of no country', '+883510000000094'],
  ['no number', 'anonymous'],
  ['nothing', ''],
])('%s is none', (_what, text) => {
  expect(readTextedNumber(text, { country: 'SE' })).toBeNull();
});
