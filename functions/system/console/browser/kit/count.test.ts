import { expect, test } from 'vitest';
import { countOf } from './count.ts';

test('one has no plural, and none and several have', () => {
  expect([0, 1, 2, 21].map((count) => countOf(count, 'call'))).toEqual(['0 calls', '1 call', '2 calls', '21 calls']);
});
