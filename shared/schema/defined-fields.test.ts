import { expect, test } from 'vitest';
import { definedFields } from './defined-fields.ts';

test('undefined fields are removed, and null, false and empty values are kept', () => {
  expect(definedFields({ a: undefined, b: null, c: false, d: 0, e: '' })).toStrictEqual({
    b: null,
    c: false,
    d: 0,
    e: '',
  });
});
