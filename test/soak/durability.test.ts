import { expect, test } from 'vitest';
import { killedAmidWrites } from '../system/durability.fixture.ts';

test('an acknowledged write is there after kill -9 of the process group, 50 times of 50', async () => {
  const { acknowledged, lost, unreadable } = await killedAmidWrites(50, Math.random);
  expect({ lost, unreadable }).toEqual({ lost: [], unreadable: [] });
  expect(acknowledged).toBeGreaterThan(50);
});
