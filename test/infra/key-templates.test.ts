import { expect, test } from 'vitest';
import { areDisjoint, fieldsIn, hidesSeparators, longestOf } from './key-templates.ts';

test('the fields of a template are named in their order', () => {
  expect(fieldsIn('trunk#<org_id>#<id>')).toEqual(['org_id', 'id']);
});

test('the longest key has the longest value of each field', () => {
  expect(longestOf('trunk#<org_id>')).toBe('trunk#'.length + 12);
  expect(longestOf('<extension>#<port>')).toBe(16 + 1 + 5);
});

test('free text hides separators unless it is at the end', () => {
  expect(hidesSeparators('trunk#<name>')).toBe(false);
  expect(hidesSeparators('trunk#<name>#<id>')).toBe(true);
  expect(hidesSeparators('trunk#<id>#<port>')).toBe(false);
});

test.each([
  ['number#<org_id>', 'number#available', true],
  ['device#<org_id>#user#<user_id>', 'device#<org_id>', true],
  ['call#<org_id>#live', 'call#owner#<task>', true],
  ['call#<org_id>#<id>', 'call#<org_id>#<task>', false],
  ['name#<org_id>#<name>', 'name#<org_id>#kind#<id>', false],
  ['name#<org_id>#<name>', 'name#<org_id>', false],
])('%s and %s: no key matches both: %s', (one, other, disjoint) => {
  expect(areDisjoint(one, other)).toBe(disjoint);
});
