import { expect, test } from 'vitest';
import { classOf } from './called-number.ts';

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
