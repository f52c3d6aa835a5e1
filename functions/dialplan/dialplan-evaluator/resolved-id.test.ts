import { expect, test } from 'vitest';
import { resolvedId } from './resolved-id.ts';

test('a name has the id that a save resolved', () => {
  expect(resolvedId({ sales: 'grp_1' }, 'sales')).toBe('grp_1');
});

test('a name that no save resolved has no id', () => {
  expect(resolvedId({ sales: 'grp_1' }, 'Sales')).toBeUndefined();
  expect(resolvedId(undefined, 'sales')).toBeUndefined();
});

test('a property that every object inherits is not an id', () => {
  expect(resolvedId({}, 'constructor')).toBeUndefined();
});
