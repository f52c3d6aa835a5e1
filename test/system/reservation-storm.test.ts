import { expect, test } from 'vitest';
import { runReservationStorm } from './reservation-storm.fixture.ts';

test('64 callers at once spend a prepaid balance to the end and no more, while requests fail at random', async () => {
  const { credits, lowest, charges, owed, reservations, denied, fates } = await runReservationStorm(1);
  expect(lowest).toBeGreaterThanOrEqual(0n);
  expect(charges).toBe(owed);
  expect(reservations).toBe(0n);
  // 98 % of the money could be used, in calls of every kind, and callers had to be denied.
  expect(Number(charges) / Number(credits)).toBeGreaterThanOrEqual(0.98);
  expect(denied).toBeGreaterThan(0);
  expect(Math.min(...Object.values(fates))).toBeGreaterThan(0);
});
