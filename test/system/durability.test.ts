// Own cloud: kills it.
import { expect, test } from 'vitest';
import { killDuringWrites } from './durability.fixture.ts';

test('every acknowledged write survives kill -9 of the process group, 5 times', async () => {
  const { acknowledged, lost, unreadable } = await killDuringWrites(5, Math.random);
  expect({ lost, unreadable }).toEqual({ lost: [], unreadable: [] });
  expect(acknowledged).toBeGreaterThan(0);
});
