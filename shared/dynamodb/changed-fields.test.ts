import { expect, test } from 'vitest';
import { changedFields } from './changed-fields.ts';

test('only fields that differ are changed, compared by value', () => {
  expect(changedFields({ a: 1, b: [1, 2], c: 'x' }, { a: 1, b: [1, 3], c: 'y' }, new Set())).toEqual({
    b: [1, 3],
    c: 'y',
  });
});

test('ignored fields are left to other writers', () => {
  expect(changedFields({ a: 1, count: 1 }, { a: 2, count: 9 }, new Set(['count']))).toEqual({ a: 2 });
});
