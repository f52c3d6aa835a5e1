import { expect, test } from 'vitest';
import { isProportionate } from './amplification.ts';

const bytes = (length: number): Buffer => Buffer.alloc(length);

test('a response has 1.5 times the bytes of its packet at most, a challenge 3 times', () => {
  const forgeable = { reliable: false, received: 100 };
  expect([
    isProportionate(bytes(150), 403, forgeable),
    isProportionate(bytes(151), 403, forgeable),
    isProportionate(bytes(300), 401, forgeable),
    isProportionate(bytes(301), 407, forgeable),
  ]).toEqual([true, false, true, false]);
});

test('over a connection, whose source is proven, a response may have any size', () => {
  expect(isProportionate(bytes(10_000), 403, { reliable: true })).toBe(true);
});
