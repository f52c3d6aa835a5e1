import { expect, test } from 'vitest';
import { tokensAt } from './token-bucket.ts';

test('a bucket is filled with its rate, up to its burst', () => {
  const limit = { rate: 20, burst: 100 };
  const at = (now: number) => tokensAt({ tokens: 10, filledAt: 1_000 }, limit, now);
  expect([at(1_000), at(1_500), at(60_000)]).toEqual([10, 20, 100]);
});
