import { expect, test } from 'vitest';
import { expectCovered, runReservationStorm } from './reservation-storm.fixture.ts';
import { sharedStormCloud } from '../storm-cloud.fixture.ts';

test('64 callers at once spend a prepaid balance to the end and no more, while requests fail at random', async () => {
  const result = await runReservationStorm(1, await sharedStormCloud('faults'));
  expectCovered(result);
  const { credits, charges, denied, fates } = result;
  // 98 % of the money could be used, in calls of every kind, and callers had to be denied.
  expect(Number(charges) / Number(credits)).toBeGreaterThanOrEqual(0.98);
  expect(denied).toBeGreaterThan(0);
  expect(Math.min(...Object.values(fates))).toBeGreaterThan(0);
});
