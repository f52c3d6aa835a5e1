import { expect, test } from 'vitest';
import { mixed } from './sound-decoder.ts';

test('channels become one that is no louder', () => {
  expect([...mixed([Float32Array.of(1, 0), Float32Array.of(0.5, -1)])]).toEqual([0.75, -0.5]);
  expect([...mixed([Float32Array.of(0.5)]), ...mixed([])]).toEqual([0.5]);
});
