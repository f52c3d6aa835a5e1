import { expect, test } from 'vitest';
import { killDuringWrites, KilledCloud } from '../system/billing/durability.fixture.ts';

test('every acknowledged write survives kill -9 of the process group, 50 times', async () => {
  const cloud = await KilledCloud.start();
  try {
    const { acknowledged, lost, unreadable } = await killDuringWrites(cloud, 50, Math.random);
    expect({ lost, unreadable }).toEqual({ lost: [], unreadable: [] });
    expect(acknowledged).toBeGreaterThan(50);
  } finally {
    await cloud.stop();
  }
});
