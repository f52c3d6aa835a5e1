import { expect, test } from 'vitest';
import { given } from './given.ts';

test('undefined fields are removed, and null, false and empty values are kept', () => {
  expect(given({ a: undefined, b: null, c: false, d: 0, e: '' })).toStrictEqual({ b: null, c: false, d: 0, e: '' });
});
