import { expect, test } from 'vitest';
import { classOf, toE164 } from './called-number.ts';

test.each([
  ['+14155550123', 'US', '+14155550123'],
  ['+1 (415) 555-0123', 'US', '+14155550123'],
  ['4155550123', 'US', '+14155550123'],
  ['14155550123', 'US', '+14155550123'],
  ['011442079460000', 'US', '+442079460000'],
  ['020 7946 0000', 'GB', '+442079460000'],
  ['0800 1234567', 'DE', '+498001234567'],
  ['+99912345678', 'US', '+99912345678'],
])('%s, dialed in %s, is %s', (number, country, expected) => {
  expect(toE164(number, country)).toBe(expected);
});

test.each([
  'anonymous',
  'reception',
  'alice4155550123',
  '1001',
  '911',
  '*67',
  '+0123456789',
  '+1234567890123456',
  '+',
  '',
])('%s is not a number in the US', (number) => {
  expect(toE164(number, 'US')).toBeNull();
});

test('an extension is not a national number, even where national numbers are short', () => {
  expect(toE164('100', 'DE')).toBeNull();
});

test('only international numbers are read if the country is unknown', () => {
  expect(toE164('4155550123', 'XX')).toBeNull();
  expect(toE164('+14155550123', 'XX')).toBe('+14155550123');
});

test.each([
  ['+14155550123', 'US', 'domestic'],
  ['+14165550123', 'US', 'domestic'],
  ['+442079460000', 'US', 'international'],
  ['+18005550123', 'US', 'tollFree'],
  ['+498001234567', 'US', 'tollFree'],
  ['+80012345678', 'US', 'tollFree'],
  ['+99912345678', 'US', 'international'],
  ['+14155550123', 'XX', 'international'],
])(
  '%s is, seen from %s, %s: calling codes count, so that Canada is domestic in the US',
  (number, country, expected) => {
    expect(classOf(number, country)).toBe(expected);
  },
);
