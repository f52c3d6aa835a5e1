import { expect, test } from 'vitest';
import { callerOf, lengthOf } from './message-texts.ts';

test('a caller is shown by name and number, as far as they are known', () => {
  expect(callerOf({ caller_name: 'Bob', caller_number: '+14155550100' })).toBe('Bob, +14155550100');
  expect(callerOf({ caller_name: null, caller_number: '+14155550100' })).toBe('+14155550100');
  expect(callerOf({ caller_name: null, caller_number: null })).toBe('unknown');
});

test.each([
  [5, '0:05'],
  [65, '1:05'],
  [600, '10:00'],
])('a length of %s s is shown as %s', (seconds, shown) => {
  expect(lengthOf({ duration_seconds: seconds })).toBe(shown);
});
