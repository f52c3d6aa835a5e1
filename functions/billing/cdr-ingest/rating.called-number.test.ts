import { expect, test } from 'vitest';
import { classOf } from './rating.ts';

test.each([
  ['+14155550123', 'US', 'domestic'],
  ['+14165550123', 'US', 'international'],
  ['+14165550123', 'CA', 'domestic'],
  ['+18765550123', 'US', 'international'],
  ['+18765550123', 'JM', 'domestic'],
  ['+18095550123', 'US', 'international'],
  ['+442079460000', 'US', 'international'],
  ['+447797712345', 'GB', 'international'],
  ['+447797712345', 'JE', 'domestic'],
  ['+77012345678', 'RU', 'international'],
  ['+99912345678', 'US', 'international'],
  ['+14155550123', 'XX', 'international'],
])('%s is, seen from %s, %s: the country counts, not its calling code', (number, country, expected) => {
  expect(classOf(number, country)).toBe(expected);
});

test.each([
  ['+18005550123', 'US', 'tollFree'],
  ['+18005550123', 'CA', 'tollFree'],
  ['+18005550123', 'DE', 'international'],
  ['+498001234567', 'DE', 'tollFree'],
  ['+498001234567', 'US', 'international'],
  ['+448007350123', 'JE', 'tollFree'],
  ['+80012345678', 'US', 'international'],
  ['+18005550123', 'XX', 'international'],
])('%s is, seen from %s, %s: a freephone number is toll-free at home only', (number, country, expected) => {
  expect(classOf(number, country)).toBe(expected);
});

test.each([
  ['+19005550123', 'US'],
  ['+449098790123', 'GB'],
  ['+448712345678', 'US'],
  ['+491805123456', 'DE'],
  ['+979123456789', 'US'],
  ['+80812345678', 'US'],
  ['+870773111632', 'US'],
  ['+881612345678', 'US'],
  ['+8821612345678', 'US'],
  ['+88213123456', 'US'],
])('%s, seen from %s, is of no class that has a rate: premium rate, shared cost, satellite', (number, country) => {
  expect(classOf(number, country)).toBe('special');
});
